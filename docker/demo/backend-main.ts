import { startBackend } from './backend.ts';
import { createDatabase } from './database.ts';

/** The demo's backend on its own, for the compose file: `DATABASE_URL` points to the tap. */
const databaseUrl = process.env['DATABASE_URL'];
const serverUrl = process.env['SEED_SERVER_URL'];
if (databaseUrl === undefined)
  throw new Error('Set DATABASE_URL to the agent builder’s database, through the tap.');
if (serverUrl !== undefined) await createDatabase(serverUrl, new URL(databaseUrl).pathname.slice(1));

const backend = await startBackend({
  databaseUrl,
  host: '0.0.0.0',
  port: Number(process.env['PORT'] ?? 8000),
});
console.log(`The agent builder listens on port ${backend.port}.`);
process.once('SIGTERM', () => void backend.stop());
