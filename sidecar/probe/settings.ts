export interface Settings {
  readonly isOn: boolean;
  /** Tell the line of code. */
  readonly hasSites: boolean;
  /** Tell the trace context of the request. */
  readonly hasTraces: boolean;
  /** Tell both of named prepared statements too, in a message of the protocol, as their text may not change. */
  readonly hasNamed: boolean;
  /** The folder that paths are told from; found when it is not given. */
  readonly root: string | undefined;
}

const parts = ['site', 'trace', 'named'] as const;

/**
 * `OUTRIDER_PROBE`: `off`, or a list of what it should tell (`site,trace,named`); everything when it is not set.
 * `OUTRIDER_PROBE_ROOT`: the folder that paths are told from. A word that is not known turns nothing on.
 */
export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  const said = (environment['OUTRIDER_PROBE'] ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const isAll = said.length === 0 || said.some((word) => ['on', '1', 'true', 'all'].includes(word));
  const has = (part: (typeof parts)[number]): boolean => isAll || said.includes(part);
  const root = environment['OUTRIDER_PROBE_ROOT'];
  return {
    isOn: has('site') || has('trace'),
    hasSites: has('site'),
    hasTraces: has('trace'),
    hasNamed: has('named'),
    root: root === '' ? undefined : root,
  };
}
