import { z } from 'zod';

/** What VS Code keeps: secrets encrypted, and a list beside them to find them by. */
export interface Keeping {
  readonly secrets: {
    get(key: string): Thenable<string | undefined>;
    store(key: string, value: string): Thenable<void>;
    delete(key: string): Thenable<void>;
  };
  readonly list: { get(key: string): unknown; update(key: string, value: unknown): Thenable<void> };
}

const keptKey = z.object({ digest: z.string(), label: z.string(), start: z.string(), keptAt: z.string() });
export type KeptKey = z.output<typeof keptKey>;

/** Keys taken out of files or made for them. Only what tells them apart is listed; the keys lie in the secret storage. */
export interface KeptKeys {
  keep(key: string, about: KeptKey): Promise<void>;
  all(): readonly KeptKey[];
  read(kept: KeptKey): Promise<string | undefined>;
  forget(kept: KeptKey): Promise<void>;
}

const listName = 'outrider.keptKeys';

export function keptKeys({ secrets, list }: Keeping): KeptKeys {
  const all = (): readonly KeptKey[] => {
    const read = z.array(keptKey).safeParse(list.get(listName));
    return read.success ? read.data : [];
  };
  const others = ({ digest }: KeptKey) => all().filter((each) => each.digest !== digest);
  return {
    all,
    async keep(key, about) {
      await secrets.store(secretName(about), key);
      await list.update(listName, [about, ...others(about)]);
    },
    read: async (kept) => secrets.get(secretName(kept)),
    async forget(kept) {
      await secrets.delete(secretName(kept));
      await list.update(listName, others(kept));
    },
  };
}

function secretName({ digest }: KeptKey): string {
  return `outrider.key ${digest}`;
}
