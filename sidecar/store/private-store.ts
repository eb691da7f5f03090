import { OutriderError, type Store } from '../../shared/index.ts';
import type { Sql } from './sql.ts';

/** Most characters of a key, and most bytes of a value as JSON. */
const maxKeyCharacters = 512;
const maxValueBytes = 1024 * 1024;
const listPage = 500;

/** A plugin's own data in the table `outrider.plugin_values`: the same for every sidecar on one store. */
export function sqlPrivateStore(sql: Sql, plugin: string, now: () => Date): Store {
  const isAlive = 'plugin = $1 AND (ends_at IS NULL OR ends_at > $2::timestamptz)';
  const moment = (): string => now().toISOString();

  return {
    async get<T>(key: string) {
      const [row] = await sql.query(
        `SELECT value FROM outrider.plugin_values WHERE ${isAlive} AND key = $3`,
        [plugin, moment(), key],
        'outrider_value_get',
      );
      // Safe as far as the plugin's own word goes: it gets back what it has set.
      return row ? (JSON.parse(row[0] ?? 'null') as T) : undefined;
    },

    async set(key, value, options) {
      const { ttlSeconds } = options ?? {};
      const ends =
        ttlSeconds === undefined ? null : new Date(now().getTime() + ttlSeconds * 1000).toISOString();
      await sql.query(
        `INSERT INTO outrider.plugin_values (plugin, key, value, ends_at) VALUES ($1, $2, $3, $4::timestamptz)
         ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at`,
        [plugin, checkedKey(key), jsonOf(key, value), ends],
        'outrider_value_set',
      );
    },

    async replace(key, expected, value) {
      const json = jsonOf(key, value);
      const rows =
        expected === undefined
          ? await sql.query(
              `INSERT INTO outrider.plugin_values AS kept (plugin, key, value) VALUES ($1, $3, $4)
               ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value, ends_at = NULL
               WHERE kept.ends_at <= $2::timestamptz RETURNING key`,
              [plugin, moment(), checkedKey(key), json],
              'outrider_value_create',
            )
          : await sql.query(
              `UPDATE outrider.plugin_values SET value = $5, ends_at = NULL
               WHERE ${isAlive} AND key = $3 AND value = $4 RETURNING key`,
              [plugin, moment(), key, jsonOf(key, expected), json],
              'outrider_value_replace',
            );
      return rows.length > 0;
    },

    async *list<T>(prefix: string) {
      let after: string | null = null;
      while (true) {
        const rows = await sql.query(
          `SELECT key, value FROM outrider.plugin_values
           WHERE ${isAlive} AND key >= $3 AND starts_with(key, $3) AND ($4::text IS NULL OR key > $4)
           ORDER BY key LIMIT ${listPage}`,
          [plugin, moment(), prefix, after],
          'outrider_value_list',
        );
        for (const row of rows) yield { key: row[0] ?? '', value: JSON.parse(row[1] ?? 'null') as T };
        if (rows.length < listPage) return;
        after = rows.at(-1)?.[0] ?? null;
      }
    },

    async delete(key) {
      await sql.query(
        'DELETE FROM outrider.plugin_values WHERE plugin = $1 AND key = $2',
        [plugin, key],
        'outrider_value_delete',
      );
    },
  };
}

function checkedKey(key: string): string {
  if (key.length > 0 && key.length <= maxKeyCharacters && !key.includes('\0')) return key;
  throw new OutriderError('input_invalid', `A key has 1 to ${maxKeyCharacters} characters and no NUL.`);
}

function jsonOf(key: string, value: unknown): string {
  // Typed as string, but undefined for what JSON does not know.
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new OutriderError('input_invalid', `The value of ${key} is not JSON.`);
  if (Buffer.byteLength(json) > maxValueBytes) throw new OutriderError('value_too_large', key);
  return json;
}
