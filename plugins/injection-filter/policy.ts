import type { Config, Exclusion, RuleMode } from './config.ts';

/** Which rule acts where. */
export interface Policy {
  modeOf(match: { readonly rule: string; readonly field: string }, route: string): RuleMode;
}

/** Exclusions first, then the route's own modes, then the rule's, then its class's; what nobody names enforces. */
export function policyOf(config: Config, exclusions: () => readonly Exclusion[]): Policy {
  return {
    modeOf({ rule, field }, route) {
      if (exclusions().some((each) => isExcluded(each, rule, route, field))) return 'off';
      const own = config.routes.find((each) => each.route === route);
      return modeIn(own?.rules ?? {}, rule) ?? own?.mode ?? modeIn(config.rules, rule) ?? 'enforce';
    },
  };
}

function modeIn(modes: Readonly<Record<string, RuleMode>>, rule: string): RuleMode | undefined {
  return modes[rule] ?? modes[`${rule.slice(0, rule.indexOf('/'))}/*`];
}

function isExcluded(each: Exclusion, rule: string, route: string, field: string): boolean {
  const isRule =
    each.rule === undefined || each.rule === rule || each.rule === `${rule.slice(0, rule.indexOf('/'))}/*`;
  return (
    isRule &&
    (each.route === undefined || each.route === route) &&
    (each.field === undefined || each.field === field)
  );
}
