import { z } from 'zod';
import { command, type Command } from '../../shared/index.ts';
import type { Options } from './options.ts';
import type { RoutesSeen } from './routes-seen.ts';

/** What editors and forms ask so that they can offer and recognise. */
export function formCommands(
  { prefix, environment }: Options,
  routes: Pick<RoutesSeen, 'all'>,
): Record<string, Command> {
  return {
    format: command({
      title: 'How API keys are written',
      summary: 'The prefix by which a scanner knows them offline, and the environment of new ones.',
      effect: 'read',
      input: z.object({}),
      run: () => ({ prefix, environment }),
    }),
    'routes-seen': command({
      title: 'Routes seen',
      summary: 'Methods and routes that were really used, to make scopes of.',
      effect: 'read',
      input: z.object({}),
      run: () => ({ suggestions: routes.all() }),
    }),
  };
}
