import {
  FindingRaised,
  FindingResolved,
  type Finding,
  type OpenFinding,
  type Recorded,
} from '../../shared/index.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Clock } from './clock.ts';

/** The open findings: a fold of the log, so every sidecar on one store shows the same ones. */
export interface Findings {
  /** The latest first, at most 1,000. */
  open(): readonly OpenFinding[];
  raise(plugin: string, finding: Finding): void;
  resolve(plugin: string, key: string, reason: string): void;
  /** Takes one event of the log; true when the open findings changed. */
  take(event: Recorded): boolean;
  /** Records how often findings were seen since they were recorded last; `all` also those of this minute. */
  flush(all?: boolean): void;
}

export const findingKinds = [FindingRaised.name, FindingResolved.name];

/** Above it the one not seen for longest is closed to view; the log still has it. */
const maxOpen = 1_000;
/** Keys whose repetitions are counted at a time; above it a finding is recorded once more than it need be. */
const maxRepeated = 10_000;
/** A finding seen again is recorded at most this often. */
const repeatMs = 60_000;

interface Repeated {
  readonly plugin: string;
  latest: Finding;
  times: number;
  recordedMs: number;
}

export function createFindings(recorder: Pick<Recorder, 'record'>, clock: Clock): Findings {
  /** In the order they were seen last, the latest at the end. */
  const open = new Map<string, OpenFinding>();
  const repeated = new Map<string, Repeated>();

  function raised({ data, at }: Recorded): boolean {
    const parsed = FindingRaised.schema.safeParse(data);
    if (!parsed.success) return false;
    const { times = 1, ...finding } = parsed.data;
    const id = idOf(finding.plugin, finding.key);
    const before = open.get(id);
    open.delete(id);
    open.set(id, {
      ...finding,
      firstAt: before?.firstAt ?? at,
      lastAt: at,
      times: (before?.times ?? 0) + times,
    });
    if (open.size > maxOpen) forgetFirst(open);
    return true;
  }

  function resolved({ data }: Recorded): boolean {
    const parsed = FindingResolved.schema.safeParse(data);
    return parsed.success && open.delete(idOf(parsed.data.plugin, parsed.data.key));
  }

  function record(entry: Repeated): void {
    recorder.record(
      FindingRaised,
      { ...entry.latest, plugin: entry.plugin, times: entry.times },
      { exchangeId: entry.latest.exchangeId ?? null },
    );
    entry.times = 0;
    entry.recordedMs = clock.nowMs();
  }

  return {
    open: () => [...open.values()].reverse(),
    raise(plugin, finding) {
      const id = idOf(plugin, finding.key);
      const entry = repeated.get(id);
      if (entry && clock.nowMs() - entry.recordedMs < repeatMs) {
        entry.latest = finding;
        entry.times += 1;
        return;
      }
      const times = (entry?.times ?? 0) + 1;
      const fresh: Repeated = { plugin, latest: finding, times, recordedMs: 0 };
      repeated.set(id, fresh);
      record(fresh);
      if (repeated.size > maxRepeated) forgetFirst(repeated);
    },
    resolve(plugin, key, reason) {
      const id = idOf(plugin, key);
      const isKnown = repeated.delete(id) || open.has(id);
      if (!isKnown) return;
      recorder.record(FindingResolved, { key, plugin, reason });
    },
    take: (event) => (event.type === FindingRaised.name ? raised(event) : resolved(event)),
    flush(all = false) {
      const nowMs = clock.nowMs();
      for (const [id, entry] of repeated) {
        const isDue = nowMs - entry.recordedMs >= repeatMs;
        if (entry.times > 0 && (isDue || all)) record(entry);
        else if (isDue) repeated.delete(id);
      }
    },
  };
}

function forgetFirst(map: Map<string, unknown>): void {
  for (const id of map.keys()) {
    map.delete(id);
    return;
  }
}

const idOf = (plugin: string, key: string): string => `${plugin} ${key}`;
