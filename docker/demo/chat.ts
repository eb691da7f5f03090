import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';

const tokenPauseMs = 25;

/** Streams an answer token by token, as model servers do: `data:` frames without an `event:` line, then `[DONE]`. */
export async function streamChat(response: ServerResponse, prompt: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const token of answerTo(prompt)) {
    if (response.destroyed) return;
    if (!response.write(`data: ${JSON.stringify({ token })}\n\n`)) await once(response, 'drain');
    await pause(tokenPauseMs);
  }
  response.end('data: [DONE]\n\n');
}

function answerTo(prompt: string): readonly string[] {
  const subject = prompt.split(/\s+/).slice(0, 6).join(' ') || 'your agent';
  return `You asked about ${subject}. The workflow has three steps and the second one calls a tool.`.split(
    /(?= )/,
  );
}
