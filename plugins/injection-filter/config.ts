import { z } from 'zod';

export const ruleMode = z.enum(['enforce', 'observe', 'off']);
export type RuleMode = z.output<typeof ruleMode>;

/** What a field is for: what is an attack in an identifier is content in a prompt. */
export const fieldKind = z.enum(['identifier', 'text', 'prompt', 'code', 'html', 'sql']);
export type FieldKind = z.output<typeof fieldKind>;

/** `sql/union-select`, or all of a class: `sql/*`. */
export const ruleName = z
  .string()
  .regex(/^[a-z]+\/(?:[a-z-]+|\*)$/, 'Write it as class/rule, e.g. sql/union-select or xss/*.');

/** This rule, this route, this field: never refused again. A left-out part means any. */
export const exclusion = z.strictObject({
  rule: ruleName.optional(),
  /** `/agents/:id` */
  route: z.string().max(512).optional(),
  /** `q`, `config.nodes.*.prompt` */
  field: z.string().max(512).optional(),
});
export type Exclusion = z.output<typeof exclusion>;

export const fieldSetting = z.strictObject({
  /** The field's name or dotted path; its last part is enough. */
  field: z.string().min(1).max(512),
  route: z.string().max(512).optional(),
  kind: fieldKind,
});
export type FieldSetting = z.output<typeof fieldSetting>;

export const configSchema = z.strictObject({
  /** Bytes of a body that are looked at; what lies beyond is over budget. */
  maxBodyBytes: z
    .number()
    .int()
    .positive()
    .max(16 * 1024 * 1024)
    .default(1024 * 1024),
  /** What happens with a request that is larger than what is looked at. */
  overBudget: z.enum(['allow', 'refuse']).default('allow'),
  /** Modes by rule; a rule that is not named enforces. The first match in the order route, rule, class decides. */
  rules: z.record(ruleName, ruleMode).default({}),
  /** Modes by route, over those of the rules. */
  routes: z
    .array(
      z.strictObject({
        route: z.string(),
        mode: ruleMode.optional(),
        rules: z.record(ruleName, ruleMode).default({}),
      }),
    )
    .default([]),
  fields: z.array(fieldSetting).default([]),
  exclusions: z.array(exclusion).default([]),
  /** Header fields that are not looked at, besides those no backend uses as text. */
  ignoreHeaders: z.array(z.string().toLowerCase()).default([]),
  /** Process spawn, file system, network and eval in fields of kind `code`: told, or refused. */
  codeSafety: ruleMode.default('observe'),
  /** What happens with a statement whose text a value of the request changes; needs the SQL tap. */
  sink: ruleMode.default('enforce'),
  /** Proposes kinds for fields from one request of so many; 0 learns nothing. */
  learnFromOneIn: z.number().int().min(0).max(100_000).default(64),
  /** Ordinary values kept a minute, redacted, of the requests that are learnt from: changed rules are tried on them. */
  historyValues: z.number().int().min(0).max(500).default(32),
  /** Text messages that clients send over WebSockets; `off` reads none and leaves their bytes alone. */
  messages: z
    .strictObject({
      mode: ruleMode.default('off'),
      /** Bytes of a message that are looked at; what lies beyond is over budget. */
      maxBytes: z
        .number()
        .int()
        .positive()
        .max(1024 * 1024)
        .default(64 * 1024),
    })
    .prefault({}),
  uploads: z
    .strictObject({
      mode: ruleMode.default('observe'),
      maxBytes: z
        .number()
        .int()
        .positive()
        .default(10 * 1024 * 1024),
      /** Media types accepted; empty for any. */
      types: z.array(z.string()).default([]),
    })
    .prefault({}),
  /** Requests are checked against the backend's own description. */
  openApi: z
    .strictObject({
      mode: ruleMode.default('off'),
      /** Where the backend publishes it; FastAPI does here. */
      path: z.string().default('/openapi.json'),
      /** Whether fields that the description does not name are violations. */
      refuseUnknownFields: z.boolean().default(false),
      routes: z.array(z.strictObject({ route: z.string(), mode: ruleMode })).default([]),
    })
    .prefault({}),
});
export type Config = z.output<typeof configSchema>;
