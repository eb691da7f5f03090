import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Load } from './load.ts';

/** One kind of request, as fast as it is answered and at a pace that everyone can keep. */
export interface Job {
  readonly name: string;
  readonly load: Load;
  readonly paced: Load;
  readonly goal: number;
}

export function jobs(folder: string, key: string, seconds: number): readonly Job[] {
  const script = (name: string, lines: readonly string[]): string => {
    const file = join(folder, `${name}.lua`);
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  const fields = [
    'wrk.headers["Accept"] = "application/json"',
    'wrk.headers["User-Agent"] = "bench/1.0"',
    `wrk.headers["Authorization"] = "Bearer ${key}"`,
  ].join('\n');
  const post = [
    'wrk.method = "POST"',
    fields,
    'wrk.headers["Content-Type"] = "application/json"',
    `wrk.body = [==[${ordinaryBody()}]==]`,
  ];
  const common = { seconds, connections: 32 };
  const job = (name: string, path: string, lines: readonly string[], goal: number): Job => ({
    name,
    load: { ...common, path, script: script(name, lines) },
    paced: { ...common, path, script: script(`${name} paced`, [...lines, pace]) },
    goal,
  });
  return [job('GET 1 KB', '/agents/7?expand=tools', [fields], 2), job('POST 2 KB', '/agents', post, 1.2)];
}

/** Each connection rests two milliseconds after each reply: about 12,000 requests a second, of whichever proxy. */
const pace = 'function delay() return math.random(1, 3) end';

/** 2 KB of JSON as an agent builder's front end sends it. */
function ordinaryBody(): string {
  const tools = Array.from({ length: 8 }, (_, at) => ({
    name: `tool-${at}`,
    description: `Looks up what the customer asked for in source ${at} and answers in one sentence.`,
    isEnabled: at % 2 === 0,
    parameters: { limit: at * 10, region: 'eu-central', tags: ['support', 'orders'] },
  }));
  const agent = { name: 'Support agent', model: 'large-2', temperature: 0.2, tools, prompt: '' };
  const missing = 2048 - JSON.stringify(agent).length;
  return JSON.stringify({
    ...agent,
    prompt: 'Be brief and kind. '.repeat(200).slice(0, Math.max(0, missing)),
  });
}
