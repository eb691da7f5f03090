import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { likelyPlaces, routePlaces, type Wanted } from './likely-places.ts';
import { factsIn } from './source-facts.ts';

/** Fixtures mark the line that is meant with `HERE`. */
const backends: Readonly<
  Record<string, { readonly wanted: Wanted; readonly files: Readonly<Record<string, string>> }>
> = {
  'FastAPI and SQLAlchemy': {
    wanted: {
      route: 'GET /api/agents/:id/runs',
      statement:
        'SELECT runs.id AS runs_id, runs.status AS runs_status FROM runs WHERE runs.agent_id = $1::INTEGER',
    },
    files: {
      'app/models.py': `from sqlalchemy.orm import DeclarativeBase

class Agent(Base):
    __tablename__ = "agents"
    id: Mapped[int] = mapped_column(primary_key=True)

class Run(Base):
    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
`,
      'app/routers/agents.py': `from fastapi import APIRouter
router = APIRouter(prefix="/agents", tags=["agents"])

@router.get("/{agent_id}")
async def read_agent(agent_id: int, session: Session):
    return await session.get(Agent, agent_id)

@router.get("/{agent_id}/runs")
async def list_runs(agent_id: int, session: Session):
    statement = select(Run).where(Run.agent_id == agent_id)  # HERE
    return (await session.scalars(statement)).all()
`,
      'app/jobs.py': `async def sweep(session):
    for run in await session.scalars(select(Run)):
        run.stop()
`,
    },
  },
  Django: {
    wanted: {
      route: 'GET /shop/orders/:id',
      statement:
        'SELECT "shop_order"."id", "shop_order"."total" FROM "shop_order" WHERE "shop_order"."id" = 7',
    },
    files: {
      'shop/models.py': `from django.db import models
class Order(models.Model):
    total = models.DecimalField()
`,
      'shop/urls.py': `urlpatterns = [
    path("orders/", views.order_list, name="orders"),
    path("orders/<int:pk>", views.order_detail, name="order"),
]
`,
      'shop/views.py': `def order_list(request):
    return render(request, "x.html", {"orders": Order.objects.all()})

def order_detail(request, pk):
    order = Order.objects.get(pk=pk)  # HERE
    return render(request, "y.html", {"order": order})
`,
    },
  },
  'Express and pg': {
    wanted: {
      route: 'GET /api/workflows',
      statement:
        'SELECT id, name, owner_id FROM workflows WHERE owner_id = $1 ORDER BY created_at DESC LIMIT 20',
    },
    files: {
      'src/server.ts': `import express from 'express';
const app = express();
app.use('/api', workflows);
app.get('/health', (_request, response) => void response.json({}));
`,
      'src/routes/workflows.ts': `export const workflows = Router();
workflows.post('/workflows', async (request, response) => {
  await pool.query('INSERT INTO workflows (name, owner_id) VALUES ($1, $2)', [request.body.name, 1]);
  response.end();
});
workflows.get('/workflows', async (request, response) => {
  const { rows } = await pool.query(
    \`SELECT id, name, owner_id // HERE
     FROM workflows
     WHERE owner_id = $1 ORDER BY created_at DESC LIMIT 20\`,
    [request.user.id],
  );
  response.json(rows);
});
`,
      'src/jobs.ts': `export async function count() {
  return pool.query('SELECT count(*) FROM workflows');
}
`,
    },
  },
  'Nest and TypeORM': {
    wanted: {
      route: 'GET /agents/:id',
      statement:
        'SELECT "AgentEntity"."id" AS "AgentEntity_id" FROM "agents" "AgentEntity" WHERE "AgentEntity"."id" = $1 LIMIT 1',
    },
    files: {
      'src/agent.entity.ts': `@Entity('agents')
export class AgentEntity {
  @PrimaryGeneratedColumn()
  id: number;
}
`,
      'src/agents.controller.ts': `@Controller('agents')
export class AgentsController {
  @Get()
  list() {
    return this.source.getRepository(AgentEntity).find();
  }

  @Get(':id')
  one(@Param('id') id: string) {
    return this.source.getRepository(AgentEntity).findOneBy({ id }); // HERE
  }
}
`,
    },
  },
  'Express and Prisma': {
    wanted: {
      route: 'POST /agents',
      statement: 'INSERT INTO "public"."Agent" ("name") VALUES ($1) RETURNING "public"."Agent"."id"',
    },
    files: {
      'prisma/schema.prisma': `model Agent {
  id   Int @id
  name String
}
`,
      'src/app.js': `app.get('/agents', async (req, res) => res.json(await prisma.agent.findMany()))
app.post('/agents', async (req, res) => {
  const agent = await prisma.agent.create({ data: req.body }) // HERE
  res.json(agent)
})
`,
    },
  },
  Sequelize: {
    wanted: { statement: 'SELECT "id", "status" FROM "runs" AS "Run" WHERE "Run"."agentId" = 7;' },
    files: {
      'models/run.js': `const Run = sequelize.define('runs', { status: DataTypes.TEXT })
`,
      'services/runs.js': `async function runsOf(agentId) {
  return Run.findAll({ where: { agentId } }) // HERE
}
async function stop(id) {
  await Run.update({ status: 'stopped' }, { where: { id } })
}
`,
    },
  },
  Knex: {
    wanted: { statement: 'update "runs" set "status" = $1 where "id" = $2' },
    files: {
      'src/runs.ts': `export const find = (id: number) => knex('runs').where({ id }).first();
export const stop = (id: number) => knex('runs').where({ id }).update({ status: 'stopped' }); // HERE
`,
    },
  },
  Drizzle: {
    wanted: { statement: 'select "id", "name" from "agents" where "agents"."id" = $1' },
    files: {
      'src/schema.ts': `export const agentTable = pgTable('agents', { id: integer('id') });
`,
      'src/agents.ts': `export async function agent(id: number) {
  return db.select().from(agentTable).where(eq(agentTable.id, id)); // HERE
}
`,
    },
  },
};

describe('The likely place of a statement', () => {
  for (const [name, { wanted, files }] of Object.entries(backends))
    it(`is found in a backend with ${name}`, () => {
      const sources = Object.entries(files).map(([file, text]) => factsIn(file, text));
      const [place] = likelyPlaces(wanted, sources);
      const meant = Object.entries(files).flatMap(([file, text]) => {
        const at = text.split('\n').findIndex((line) => line.includes('HERE'));
        return at < 0 ? [] : [`${file}:${at + 1}`];
      });
      assert.equal(`${place?.file}:${place?.line}`, meant[0]);
    });

  it('is none where nothing speaks for one', () => {
    const sources = [
      factsIn('a.ts', `const rows = await pool.query('SELECT 1 FROM others');\napp.get('/x', f);`),
    ];
    assert.deepEqual(likelyPlaces({ statement: 'SELECT id FROM agents', route: 'GET /agents' }, sources), []);
    assert.deepEqual(likelyPlaces({}, sources), []);
  });

  it('is the handler where only the route is known, or no query is seen', () => {
    const sources = [factsIn('a.py', `@app.post("/agents")\ndef create():\n    service.create()\n`)];
    const [place] = likelyPlaces(
      { route: 'POST /agents', statement: 'INSERT INTO agents VALUES (1)' },
      sources,
    );
    assert.deepEqual([place?.line, place?.why], [1, 'it handles POST /agents']);
  });

  it('says what speaks for it', () => {
    const sources = [
      factsIn('a.ts', `async function list() {\n  return q('SELECT id, name FROM agents');\n}\n`),
    ];
    const [place] = likelyPlaces({ statement: 'select id, name, secret from agents' }, sources);
    assert.equal(place?.why, 'it names the table agents and 2 of 3 columns in list');
  });
});

describe('The handler of a route', () => {
  const found = (route: string, text: string): readonly number[] =>
    routePlaces(route, [factsIn('app.ts', text)]).map(({ line }) => line);

  it('is found by method, fixed parts and the end of the path', () => {
    const text = `router.get('/agents', a)
router.get('/agents/:id', b)
router.post('/agents', c)
router.get('/agents/stats', d)
router.all("/anything", e)
@app.route("/flask/<id>", methods=["PUT"])
`;
    assert.deepEqual(found('GET /api/agents', text), [1]);
    assert.deepEqual(found('GET /agents/:id', text), [2]);
    assert.deepEqual(found('POST /agents', text), [3]);
    assert.deepEqual(found('GET /agents/stats', text), [4]);
    assert.deepEqual(found('DELETE /anything', text), [5]);
    assert.deepEqual(found('PUT /flask/:id', text), [6]);
    assert.deepEqual(found('GET /other', text), []);
  });

  it('is not every variable', () => {
    assert.deepEqual(found('GET /agents/:id', `router.get('/:id', a)`), []);
  });
});

describe('Reading source', () => {
  it('takes hostile text in a moment', () => {
    const texts = [
      '('.repeat(200_000),
      'class '.repeat(50_000),
      `${' '.repeat(100_000)}x`,
      'select '.repeat(40_000),
      '"\n'.repeat(50_000),
    ];
    for (const text of texts) assert.doesNotThrow(() => factsIn('a.ts', text));
    for (const text of texts) assert.doesNotThrow(() => likelyPlaces({ statement: text, route: text }, []));
  });
});
