import { z } from 'zod';
import { SqlFinished, definePlugin, on } from '../../shared/index.ts';
import { Counter } from './counter.ts';
import { LinesCounted } from './events.ts';
import { panels } from './panels.ts';

const options = z.strictObject({
  /** How often the counts are told. */
  everySeconds: z.number().min(1).max(300).default(5),
});

/** Tells what the statements of each line of code cost; editors show it above the line. */
export default definePlugin({
  name: 'code-lines',
  summary: 'Counts statements by the line of code that sent them.',
  config: options,
  uses: {},
  events: [LinesCounted],
  panels,

  setup({ config, every, record }) {
    const counter = new Counter();
    every(config.everySeconds, () => {
      const rows = counter.take();
      if (rows.length > 0) record(LinesCounted, { rows: [...rows] });
    });
    return { on: [on(SqlFinished, ({ data }) => counter.add(data))] };
  },
});
