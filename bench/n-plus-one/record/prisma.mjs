/** Prisma 7 with its driver adapter for node-postgres (no engine of its own). */
import { alike, databaseUrl, duplicate, finish, packages, pause, range, truly } from './recording.mjs';

const { PrismaClient } = packages('./prisma-client');
const { PrismaPg } = packages('@prisma/adapter-pg');
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 6 }) });
await prisma.$queryRaw`SELECT 1`;

await truly(
  'findUnique awaited in a loop',
  '"teams"',
  'each is awaited alone, so nothing is put together',
  async () => {
    for (const agent of await prisma.agent.findMany({ take: 15, orderBy: { id: 'asc' } }))
      await prisma.team.findUnique({ where: { id: agent.teamId } });
  },
);
await truly('findMany at once', '"workflows"', 'Promise.all of findMany is not put together', async () => {
  await Promise.all(
    (await prisma.agent.findMany({ take: 12 })).map(({ id }) =>
      prisma.workflow.findMany({ where: { agentId: id } }),
    ),
  );
});
await truly(
  'fluent relation',
  ['"workflows"', 'FROM "public"."agents"'],
  'agent.workflows() of each, awaited: a look-up of the agent and its workflows',
  async () => {
    for (const { id } of await prisma.agent.findMany({ take: 9 }))
      await prisma.agent.findUnique({ where: { id } }).workflows();
  },
);
await truly('count for each', 'COUNT', 'executions of each workflow', async () => {
  for (const { id } of await prisma.workflow.findMany({ take: 11 }))
    await prisma.execution.count({ where: { workflowId: id } });
});
await truly(
  'findFirst, the latest of each',
  '"executions"',
  'the newest execution of each workflow',
  async () => {
    for (const { id } of await prisma.workflow.findMany({ take: 10 }))
      await prisma.execution.findFirst({ where: { workflowId: id }, orderBy: { startedAt: 'desc' } });
  },
);
await truly('key and own date', '"executions"', 'the date differs as well', async () => {
  for (const flow of await prisma.workflow.findMany({ take: 12 }))
    await prisma.execution.findMany({ where: { workflowId: flow.id, startedAt: { gt: flow.createdAt } } });
});
await truly('nested', ['"workflows"', '"executions"'], 'three levels of loops', async () => {
  for (const agent of await prisma.agent.findMany({ take: 6, orderBy: { id: 'asc' } }))
    for (const flow of await prisma.workflow.findMany({ where: { agentId: agent.id }, take: 3 }))
      await prisma.execution.findMany({ where: { workflowId: flow.id } });
});
await truly('create in a loop', 'INSERT INTO', 'one create for each line of a body', async () => {
  for (const n of range(14))
    await prisma.message.create({ data: { executionId: 1, role: 'user', content: `line ${n}` } });
});
await truly('update in a loop', 'UPDATE "public"."workflows"', 'one update for each row', async () => {
  for (const { id } of await prisma.workflow.findMany({ take: 9 }))
    await prisma.workflow.update({ where: { id }, data: { state: 'live' } });
});
await truly('delete in a transaction', 'DELETE FROM', '$transaction of an array of deletions', async () => {
  const last = await prisma.message.findMany({ orderBy: { id: 'desc' }, take: 8 });
  await prisma.$transaction(last.map(({ id }) => prisma.message.delete({ where: { id } })));
});
await truly('raw in a loop', 'FROM teams', '$queryRaw for each row of a model', async () => {
  for (const { teamId } of await prisma.agent.findMany({ take: 10 }))
    await prisma.$queryRaw`SELECT name FROM teams WHERE id = ${teamId}`;
});

await alike('include', 'one list a relation', () =>
  prisma.agent.findMany({ take: 30, include: { team: true, workflows: { include: { executions: true } } } }),
);
await alike('findUnique at once', 'put together to one list by Prisma', async () => {
  await Promise.all(
    (await prisma.agent.findMany({ take: 30 })).map(({ teamId }) =>
      prisma.team.findUnique({ where: { id: teamId } }),
    ),
  );
});
await alike('createMany in chunks', 'six inserts of 40 rows', async () => {
  for (const n of range(6))
    await prisma.message.createMany({
      data: range(40, (each) => ({ executionId: n, role: 'user', content: `${each}` })),
    });
});
await alike('skip and take', 'offset pages', async () => {
  for (const n of range(9))
    await prisma.execution.findMany({ skip: n * 30, take: 30, orderBy: { id: 'asc' } });
});
await alike('cursor pages', 'pages from a cursor on', async () => {
  let last = 1;
  for (const _ of range(9))
    last = (
      await prisma.execution.findMany({ cursor: { id: last }, skip: 1, take: 25, orderBy: { id: 'asc' } })
    ).at(-1).id;
});
await alike('in, in chunks', 'seven lists of 50', async () => {
  for (const n of range(7))
    await prisma.execution.findMany({ where: { id: { in: range(50, (each) => n * 50 + each) } } });
});
await alike('updateMany', 'one statement for many rows', () =>
  prisma.workflow.updateMany({ where: { agentId: { in: [1, 2, 3] } }, data: { state: 'live' } }),
);
await alike('four', 'below the threshold', async () => {
  for (const agent of await prisma.agent.findMany({ take: 4 }))
    await prisma.team.findUnique({ where: { id: agent.teamId } });
});
await alike('statuses of a dashboard', 'six words of the code, after a list of nine', async () => {
  await prisma.tag.findMany({ take: 9 });
  for (const status of ['done', 'failed', 'running', 'queued', 'lost', 'new'])
    await prisma.execution.count({ where: { status } });
});
await alike('polling', 'until it is done', async () => {
  for (const _ of range(7)) {
    await prisma.execution.findUnique({ where: { id: 77 } });
    await pause(120);
  }
});
await alike('interactive transactions', 'five transactions of two reads', async () => {
  for (const n of range(4))
    await prisma.$transaction(async (tx) => {
      await tx.team.findUnique({ where: { id: n + 1 } });
      await tx.agent.findUnique({ where: { id: n + 1 } });
    });
});
await duplicate('the session in each resolver', '"sessions"', 'awaited again and again', async () => {
  for (const _ of range(8)) await prisma.session.findUnique({ where: { id: 'session-5' } });
});
await prisma.$disconnect();
finish();
