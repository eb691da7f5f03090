import pg from 'pg';

/** An empty database of one suite's own on a server; `drop` ends its connections. */
export async function ownDatabase(
  serverUrl: string,
  name: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const drop = (): Promise<void> => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await drop();
  await run(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop };
}
