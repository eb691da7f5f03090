import { settings } from '../config-sources.ts';

/** What `outrider --help` prints. */
export function helpText(): string {
  const flags = settings.flatMap(({ flag, help, variable }) =>
    flag === undefined ? [] : [[`--${flag} VALUE`, `${help}  [${variable}]`] as const],
  );
  const width = Math.max(...flags.map(([flag]) => flag.length));
  return `outrider: sees every request, statement and event of a backend, without changing it.

Usage
  outrider [flags]              run the sidecar
  outrider init                 write an enforcing outrider.config.yaml with comments
  outrider config check         check the configuration (--print shows the merged one)
  outrider config schema        print its JSON Schema, for editors
  outrider check -- <command…>  run it, e.g. a test suite, and fail on new slow queries, N+1s, failed SQL in good replies
  outrider check --seconds N    the same for a while of any traffic
  outrider status               how the running sidecar is
  outrider commands             what else can be asked of the running sidecar
  outrider <words> [flags]      run such a command, e.g. outrider keys create --label ci

Flags of a run
  --config FILE${' '.repeat(Math.max(1, width - 11))}  configuration file (outrider.config.{yaml,json,ts,js})  [OUTRIDER_CONFIG]
  --enforce${' '.repeat(Math.max(1, width - 7))}  plugins act
  --observe${' '.repeat(Math.max(1, width - 7))}  plugins only report; this is the default
${flags.map(([flag, help]) => `  ${flag.padEnd(width)}    ${help}`).join('\n')}

Flags of check
  --baseline FILE               let pass what this file knows; --update-baseline adds what was found
  --settle N, --timeout N       seconds to wait afterwards (4), and for the command (1800)
  --allow-empty                 pass also when no statement was seen
  --json                        print the report as JSON

Flags of a command
  --gateway URL, --token TOKEN  which sidecar; found by .outrider/sidecar.json when left out
  --json                        print the answer as JSON
  --help                        the flags of this command
`;
}

/** The flags of a run of the sidecar. */
export const runFlags = {
  values: ['config', ...settings.flatMap(({ flag }) => (flag === undefined ? [] : [flag]))],
  switches: ['enforce', 'observe', 'help', 'version'],
};
