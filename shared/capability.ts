/**
 * Something a plugin may touch. A plugin lists the capabilities it uses; the host hands over exactly
 * those objects. The list is a review surface, not a sandbox: a plugin runs in the sidecar's process.
 */
export interface Capability<Service> {
  readonly id: string;
  /** What it grants, as a phrase shown to whoever reviews the plugin: "read the application database". */
  readonly grants: string;
  /** Sensitive capabilities are marked in the plugin list. */
  readonly sensitive: boolean;
  /** Never present at run time; it lets the compiler infer `Service`. */
  readonly service?: Service;
}

export type Capabilities = Readonly<Record<string, Capability<unknown>>>;

/** The services behind a set of capabilities, under the plugin's own names. */
export type Services<Uses extends Capabilities> = {
  readonly [Name in keyof Uses]: Uses[Name] extends Capability<infer Service> ? Service : never;
};

export function capability<Service>(
  id: string,
  grants: string,
  options: { readonly sensitive?: boolean } = {},
): Capability<Service> {
  return { id, grants, sensitive: options.sensitive ?? false };
}
