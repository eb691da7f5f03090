import type { Config, RuleMode } from './config.ts';
import type { Policy } from './policy.ts';

/** What decides about a match besides the policy. */
export interface Decided {
  readonly rule: string;
  readonly field: string;
  /** `sqli`, `xss`, `command`, `code` … */
  readonly attack: string;
  /** True for what is only told, never refused: hidden in Base64. */
  readonly isReportedOnly: boolean;
}

/** What happens with a match: refused, told or left alone. */
export function decisionOf(
  match: Decided,
  route: string,
  policy: Pick<Policy, 'modeOf'>,
  config: Pick<Config, 'codeSafety'>,
): RuleMode {
  const mode = policy.modeOf(match, route);
  if (mode === 'enforce' && match.isReportedOnly) return 'observe';
  return mode === 'enforce' && match.attack === 'code' ? config.codeSafety : mode;
}
