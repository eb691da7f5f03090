import { Registry } from 'prom-client';
import { createReadings, type ReadingsOptions } from './metrics-readings.ts';
import { createTraffic } from './metrics-traffic.ts';
import type { Recorder } from '../record/recorder.ts';

/**
 * Figures for Prometheus. They need the token like everything else: a scraper reads it from the token's file
 * (`authorization: { credentials_file: … }`), so no second, weaker way in is needed.
 */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  close(): void;
}

export interface MetricsOptions extends ReadingsOptions {
  /** Whether this sidecar recorded an event: where several share one log, each is scraped by itself. */
  readonly isOwnEvent?: (id: string) => boolean;
  readonly recorder: Pick<Recorder, 'subscribe' | 'head' | 'stats'>;
}

export function createMetrics(options: MetricsOptions): Metrics {
  const { recorder, isOwnEvent = () => true } = options;
  const registry = new Registry();
  const traffic = createTraffic(registry);
  const read = createReadings(registry, options);
  const close = recorder.subscribe(recorder.head, (events) => {
    for (const event of events) if (isOwnEvent(event.id)) traffic.count(event);
  });
  return {
    contentType: registry.contentType,
    async text() {
      read();
      return `${await registry.metrics()}${traffic.durations()}`;
    },
    close,
  };
}
