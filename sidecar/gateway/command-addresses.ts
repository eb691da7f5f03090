import type { Command, CommandInfo } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';

/** A command's address of its own, as an existing front end expects it. */
export interface CommandAddress {
  readonly info: CommandInfo;
  readonly http: NonNullable<Command['http']>;
  readonly segments: readonly Segment[];
}

export interface Segment {
  readonly text: string;
  readonly isParameter: boolean;
}

export interface FoundCommand {
  readonly address: CommandAddress;
  /** Decoded values of the `:parts`. */
  readonly path: Readonly<Record<string, string>>;
}

/** The addresses commands have besides `/api/commands/…`, those with fewer parameters first. */
export function commandAddresses(host: Pick<PluginHost, 'commands' | 'command'>): readonly CommandAddress[] {
  const found = host.commands().flatMap((info): CommandAddress[] => {
    const http = host.command(info.id)?.http;
    return http ? [{ info, http, segments: segmentsOf(http.path) }] : [];
  });
  return found.sort((a, b) => parametersIn(a) - parametersIn(b));
}

/** The command at an address; a list of the methods there when it takes others; undefined when there is nothing. */
export function commandAt(
  addresses: readonly CommandAddress[],
  method: string,
  path: string,
): FoundCommand | readonly string[] | undefined {
  const parts = path.split('/').slice(1);
  const methods: string[] = [];
  for (const address of addresses) {
    const values = valuesOf(address.segments, parts);
    if (!values) continue;
    if (address.http.method === method) return { address, path: values };
    methods.push(address.http.method);
  }
  return methods.length > 0 ? methods : undefined;
}

/** `/keys/:id` as an OpenAPI path: `/keys/{id}`. */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function segmentsOf(path: string): readonly Segment[] {
  return path
    .split('/')
    .slice(1)
    .map((text) => ({ text: text.replace(/^:/, ''), isParameter: text.startsWith(':') }));
}

function valuesOf(
  segments: readonly Segment[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (segments.length !== parts.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, { text, isParameter }] of segments.entries()) {
    const part = parts[index] ?? '';
    if (isParameter ? part === '' : part !== text) return undefined;
    if (isParameter) values[text] = decodeURIComponent(part);
  }
  return values;
}

const parametersIn = ({ segments }: CommandAddress): number =>
  segments.filter(({ isParameter }) => isParameter).length;
