import { z } from 'zod';
import type { MigrationTool } from './detect.ts';

/** What `slow-queries/apply-indexes` answers. */
export const writtenMigration = z.object({
  files: z
    .array(z.object({ fileName: z.string().max(300), text: z.string() }))
    .min(1)
    .max(500),
});

export interface PlacedFile {
  /** From the workspace's folder. */
  readonly file: string;
  readonly text: string;
}

/** Where the sidecar thinks a tool keeps its files. */
const usual = {
  alembic: 'alembic/versions/',
  prisma: 'prisma/migrations/',
  knex: 'migrations/',
  sql: 'migrations/',
} as const;

/** The files at their place in this workspace. The sidecar's names are names: none leaves the folder. */
export function placed(
  tool: MigrationTool,
  { files }: z.output<typeof writtenMigration>,
): readonly PlacedFile[] {
  return files.map(({ fileName, text }) => {
    const own = fileName.startsWith(usual[tool.kind]) ? fileName.slice(usual[tool.kind].length) : fileName;
    const safe = own.split(/[\\/]+/).filter((part) => part !== '' && part !== '.' && part !== '..');
    const name = safe.join('/');
    const ended = tool.ending === null ? name : name.replace(/\.\w+$/, tool.ending);
    return { file: [tool.folder, ended].filter(Boolean).join('/'), text };
  });
}
