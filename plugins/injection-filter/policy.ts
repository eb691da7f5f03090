import type { Config, Exclusion, FieldKind, FieldSetting, RuleMode } from './config.ts';
import type { Settings } from './settings.ts';

/** Which rule acts where, and what each field is for. */
export interface Policy {
  modeOf(match: { readonly rule: string; readonly field: string }, route: string): RuleMode;
  kindOf(field: string, route: string): FieldKind | null;
  /** Whether the kind of any field is known at all: looking one up costs reading its path. */
  hasKinds(): boolean;
  /** Whether any field is known to hold code: then no value may be passed over. */
  hasCode(): boolean;
}

/**
 * Exclusions first, then the route's own modes, then the rule's as a person set it, as configured, its class's. What nobody
 * names enforces.
 */
export function policyOf(
  config: Config,
  settings: () => Settings,
  described: () => readonly FieldSetting[],
): Policy {
  const fields = (): readonly FieldSetting[] => {
    const [own, hints] = [settings().fields, described()];
    return own.length + hints.length === 0 ? config.fields : [...own, ...config.fields, ...hints];
  };
  return {
    modeOf({ rule, field }, route) {
      const { exclusions, rules } = settings();
      if ([...exclusions, ...config.exclusions].some((each) => isExcluded(each, rule, route, field)))
        return 'off';
      const own = config.routes.find((each) => each.route === route);
      return (
        modeIn(own?.rules ?? {}, rule) ??
        own?.mode ??
        modeIn(rules, rule) ??
        modeIn(config.rules, rule) ??
        'enforce'
      );
    },
    kindOf: (field, route) => fields().find((each) => isField(each, field, route))?.kind ?? null,
    hasKinds: () => fields().length > 0,
    hasCode: () => fields().some(isCode),
  };
}

function isCode({ kind }: FieldSetting): boolean {
  return kind === 'code';
}

function isField(setting: FieldSetting, field: string, route: string): boolean {
  if (setting.route !== undefined && setting.route !== route) return false;
  return setting.field === field || field.endsWith(`.${setting.field}`);
}

function modeIn(modes: Readonly<Record<string, RuleMode>>, rule: string): RuleMode | undefined {
  return modes[rule] ?? modes[`${classOf(rule)}/*`];
}

function isExcluded(each: Exclusion, rule: string, route: string, field: string): boolean {
  const isRule = each.rule === undefined || each.rule === rule || each.rule === `${classOf(rule)}/*`;
  return isRule && (each.route ?? route) === route && (each.field ?? field) === field;
}

function classOf(rule: string): string {
  return rule.slice(0, rule.indexOf('/'));
}
