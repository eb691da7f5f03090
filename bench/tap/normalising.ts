import { loadParser } from '../../sidecar/sql/shape.ts';
import { createShapes } from '../../sidecar/sql/shapes.ts';
import { measure, median, type Measure } from '../measure.ts';

/** Statements of a known shape with values never seen before, as a driver without parameters sends them. */
export async function normalising(): Promise<Measure> {
  await loadParser();
  const shapes = createShapes();
  const count = 200_000;
  const text = (id: number): string =>
    `SELECT a.id, a.name, b.title FROM agents a JOIN steps b ON b.agent_id = a.id WHERE a.id = ${id} AND b.title LIKE 'x%' LIMIT 10`;
  const texts = Array.from({ length: count }, (_, id) => text(id));
  const batch = 10_000;
  const figures: number[] = [];
  for (let from = 0; from < count; from += batch) {
    // Processor time: what else the machine does must not count.
    const began = process.cpuUsage();
    for (let id = from; id < from + batch; id += 1) shapes.of(texts[id] ?? '');
    const { user, system } = process.cpuUsage(began);
    figures.push((user + system) / batch);
  }
  const value = median(figures);
  return measure({ name: 'normalising a known shape', value, unit: 'µs', goal: { valueAtMost: 3 } });
}
