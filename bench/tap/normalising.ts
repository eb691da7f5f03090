import { loadParser } from '../../sidecar/sql/shape.ts';
import { createShapes } from '../../sidecar/sql/shapes.ts';
import { measure, median, type Measure } from '../measure.ts';

const batches = 200;
const textsABatch = 2_000;
/** Until the compiler has seen all of it: on a busy machine it takes its time. */
const batchesBefore = 50;

/** Statements of a known shape with values never seen before, as a driver without parameters sends them and the tap decodes them. */
export async function normalising(): Promise<Measure> {
  await loadParser();
  const shapes = createShapes();
  const figures: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const texts = Array.from({ length: textsABatch }, (_, at) => decoded(batch * textsABatch + at));
    // Processor time: what else the machine does must not count.
    const began = process.cpuUsage();
    for (const text of texts) shapes.of(text);
    const { user, system } = process.cpuUsage(began);
    if (batch >= batchesBefore) figures.push((user + system) / textsABatch);
  }
  const value = median(figures);
  return measure({ name: 'normalising a known shape', value, unit: 'µs', goal: { valueAtMost: 3 } });
}

/** A text made from bytes, as the tap's are: one put together from pieces would have to be joined first. */
function decoded(id: number): string {
  const text = `SELECT a.id, a.name, b.title FROM agents a JOIN steps b ON b.agent_id = a.id WHERE a.id = ${id} AND b.title LIKE 'x%' LIMIT 10`;
  return Buffer.from(text).toString('utf8');
}
