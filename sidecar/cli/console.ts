/** What a command line has to do with the world; tests give their own. */
export interface Console {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
}
