"""Peewee 3.14 on psycopg2."""
import os
import time

from peewee import AutoField, CharField, DateTimeField, ForeignKeyField, IntegerField, Model, PostgresqlDatabase, TextField, chunked, fn, prefetch

from recording import alike, duplicate, true

db = PostgresqlDatabase(os.environ["DATABASE_URL"])


class Base(Model):
    class Meta:
        database = db


class Team(Base):
    name = TextField()

    class Meta:
        table_name = "teams"


class Agent(Base):
    team = ForeignKeyField(Team, backref="agents")
    name = TextField()
    slug = TextField()

    class Meta:
        table_name = "agents"


class Workflow(Base):
    agent = ForeignKeyField(Agent, backref="workflows")
    name = TextField()
    state = TextField()
    created_at = DateTimeField()

    class Meta:
        table_name = "workflows"


class Execution(Base):
    workflow = ForeignKeyField(Workflow, backref="executions")
    status = TextField()
    started_at = DateTimeField()

    class Meta:
        table_name = "executions"


class Message(Base):
    execution_id = IntegerField()
    role = TextField()
    content = TextField()

    class Meta:
        table_name = "messages"


class Session(Base):
    id = CharField(primary_key=True)
    user_name = TextField()

    class Meta:
        table_name = "sessions"


db.connect()
with true("foreign key", 'FROM "teams"', "the team of each agent"):
    for agent in Agent.select().order_by(Agent.id).limit(17):
        agent.team.name
with true("backref", 'FROM "workflows"', "the workflows of each agent"):
    for agent in Agent.select().order_by(Agent.id).limit(12):
        list(agent.workflows)
with true("count", "COUNT", "a count for each"):
    for agent in Agent.select().limit(11):
        agent.workflows.count()
with true("exists", 'FROM "executions"', "whether each ever ran"):
    for flow in Workflow.select().limit(9):
        flow.executions.exists()
with true("nested", ['FROM "workflows"', 'FROM "executions"'], "loops in loops"):
    for agent in Agent.select().order_by(Agent.id).limit(6):
        for flow in agent.workflows.limit(3):
            list(flow.executions)
with true("key and own date", 'FROM "executions"', "the date differs as well"):
    for flow in Workflow.select().limit(13):
        list(flow.executions.where(Execution.started_at > flow.created_at))
with true("save", 'UPDATE "workflows"', "saves each row"):
    for flow in Workflow.select().limit(8):
        flow.name += "!"
        flow.save()
with true("create", 'INSERT INTO "messages"', "creates row after row"):
    for number in range(13):
        Message.create(execution_id=3, role="user", content=f"line {number}")
with true("delete_instance", 'DELETE FROM "messages"', "deletes each row"):
    for message in Message.select().order_by(Message.id.desc()).limit(9):
        message.delete_instance()
with true("get_by_id of a list", 'FROM "agents"', "ids of a request, loaded one by one"):
    for number in range(1, 19):
        Agent.get_by_id(number)

with alike("prefetch", "one list a relation"):
    for agent in prefetch(Agent.select().limit(20), Workflow.select()):
        list(agent.workflows)
with alike("join", "one statement"):
    [agent.team.name for agent in Agent.select(Agent, Team).join(Team).limit(30)]
with alike("insert_many in chunks", "five inserts of 30 rows"):
    for rows in chunked(({"execution_id": 1, "role": "user", "content": str(n)} for n in range(150)), 30):
        Message.insert_many(rows).execute()
with alike("paginate", "pages"):
    for page in range(1, 10):
        list(Execution.select().order_by(Execution.id).paginate(page, 25))
with alike("keyset", "pages from the last id on"):
    last = 0
    for _ in range(9):
        last = list(Execution.select().where(Execution.id > last).order_by(Execution.id).limit(30))[-1].id
with alike("introspection", "the catalog about each table"):
    for table in db.get_tables():
        db.get_columns(table), db.get_indexes(table), db.get_foreign_keys(table), db.get_primary_keys(table)
with alike("lists in chunks", "six lists of 50"):
    for start in range(0, 300, 50):
        list(Execution.select().where(Execution.id.in_(range(start, start + 50))))
with alike("atomic", "savepoints"), db.atomic():
    for _ in range(8):
        with db.atomic():
            pass
with alike("a few", "below the threshold"):
    [agent.team.name for agent in Agent.select().limit(4)]
with alike("tiles", "six words of the code after a list"):
    list(Team.select().limit(8))
    for word in ("done", "failed", "running", "queued", "lost", "new"):
        Execution.select(fn.COUNT(Execution.id)).where(Execution.status == word).scalar()
with alike("polling", "until it is done"):
    for _ in range(7):
        Execution.get_by_id(9)
        time.sleep(0.12)
with duplicate("session", 'FROM "sessions"', "each helper asks for it"):
    for _ in range(8):
        Session.get_by_id("session-2")
