"""SQLAlchemy 1.4 (ORM) on psycopg2, as a small agent builder uses it."""
import datetime
import os
import time

import psycopg2.errors
from sqlalchemy import (Column, DateTime, ForeignKey, Integer, MetaData, String, Table, and_, create_engine, event, func,
                        inspect, or_, select, text, update)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, declarative_base, joinedload, relationship, selectinload, subqueryload

from recording import alike, begin, duplicate, end, traceparent, true

Base = declarative_base()

agent_tags = Table("agent_tags", Base.metadata, Column("agent_id", ForeignKey("agents.id"), primary_key=True),
                   Column("tag_id", ForeignKey("tags.id"), primary_key=True))


class Team(Base):
    __tablename__ = "teams"
    id = Column(Integer, primary_key=True)
    name = Column(String)
    agents = relationship("Agent", back_populates="team")


class Agent(Base):
    __tablename__ = "agents"
    id = Column(Integer, primary_key=True)
    team_id = Column(ForeignKey("teams.id"))
    name = Column(String)
    slug = Column(String)
    model = Column(String)
    team = relationship(Team, back_populates="agents")
    workflows = relationship("Workflow", back_populates="agent")
    tags = relationship("Tag", secondary=agent_tags)


class Tag(Base):
    __tablename__ = "tags"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Workflow(Base):
    __tablename__ = "workflows"
    id = Column(Integer, primary_key=True)
    agent_id = Column(ForeignKey("agents.id"))
    name = Column(String)
    state = Column(String)
    created_at = Column(DateTime(timezone=True))
    agent = relationship(Agent, back_populates="workflows")
    executions = relationship("Execution", back_populates="workflow")


class Execution(Base):
    __tablename__ = "executions"
    id = Column(Integer, primary_key=True)
    workflow_id = Column(ForeignKey("workflows.id"))
    status = Column(String)
    tokens = Column(Integer)
    started_at = Column(DateTime(timezone=True))
    workflow = relationship(Workflow, back_populates="executions")


class Message(Base):
    __tablename__ = "messages"
    id = Column(Integer, primary_key=True)
    execution_id = Column(Integer)
    role = Column(String)
    content = Column(String)


class Comment(Base):
    __tablename__ = "comments"
    id = Column(Integer, primary_key=True)
    subject_type = Column(String)
    subject_id = Column(Integer)
    body = Column(String)


class UserSession(Base):
    __tablename__ = "sessions"
    id = Column(String, primary_key=True)
    user_name = Column(String)
    team_id = Column(Integer)


class UsageDay(Base):
    __tablename__ = "usage_days"
    team_id = Column(Integer, primary_key=True)
    day = Column(DateTime, primary_key=True)
    tokens = Column(Integer)


url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://")
engine = create_engine(url, pool_size=4)


def session():
    return Session(engine)


def truths():
    with true("lazy many-to-one", "FROM teams", "each agent's team is loaded when it is first touched"), session() as db:
        for agent in db.query(Agent).order_by(Agent.id).limit(20):
            agent.team.name
    with true("lazy one-to-many", "FROM workflows", "each agent's workflows are loaded in the loop"), session() as db:
        for agent in db.query(Agent).order_by(Agent.id).limit(12).all():
            len(agent.workflows)
    with true("lazy many-to-one behind an identity map", "FROM teams",
              "100 agents share 24 teams: one query a team, the rest is known"), session() as db:
        for agent in db.query(Agent).order_by(Agent.id).limit(100).all():
            agent.team.name
    with true("few parents shared by many rows", "FROM agents",
              "90 workflows of 8 agents: eight look-ups, one an agent"), session() as db:
        flows = db.query(Workflow).filter(Workflow.agent_id.in_(range(1, 9))).limit(90).all()
        for flow in flows:
            flow.agent.name
    with true("nested lazy loading", ["FROM workflows", "FROM executions"],
              "workflows of each agent, then executions of each workflow"), session() as db:
        for agent in db.query(Agent).filter(Agent.id <= 6).all():
            for flow in agent.workflows[:4]:
                len(flow.executions)
    with true("many-to-many", "FROM tags, agent_tags", "the tags of each agent"), session() as db:
        for agent in db.query(Agent).limit(15).all():
            [tag.name for tag in agent.tags]
    with true("count for each", "count", "counts the messages of each execution"), session() as db:
        for execution in db.query(Execution).order_by(Execution.id.desc()).limit(14).all():
            db.query(func.count(Message.id)).filter(Message.execution_id == execution.id).scalar()
    with true("existence check for each", "FROM executions", "asks for each workflow whether it ever ran"), session() as db:
        for flow in db.query(Workflow).limit(11).all():
            db.query(db.query(Execution).filter(Execution.workflow_id == flow.id).exists()).scalar()
    with true("look-up with a date besides the key", "FROM executions",
              "the latest executions of each workflow since its own date: two values differ"), session() as db:
        for flow in db.query(Workflow).order_by(Workflow.id).limit(13).all():
            db.query(Execution).filter(Execution.workflow_id == flow.id, Execution.started_at > flow.created_at).all()
    with true("polymorphic", ["FROM agents", "FROM workflows"], "the subject of each comment"), session() as db:
        kinds = {"agent": Agent, "workflow": Workflow}
        for comment in db.query(Comment).filter(Comment.subject_type.in_(kinds)).order_by(Comment.id).limit(24).all():
            db.get(kinds[comment.subject_type], comment.subject_id)
    with true("update for each", "UPDATE workflows", "renames each workflow by a statement of its own"), session() as db:
        for flow in db.query(Workflow).limit(10).all():
            db.execute(update(Workflow).where(Workflow.id == flow.id).values(name=f"{flow.name}!")
                       .execution_options(synchronize_session=False))
        db.commit()
    with true("insert with a flush for each", "INSERT INTO messages", "adds and flushes one message after the other"), session() as db:
        for number in range(16):
            db.add(Message(execution_id=7, role="user", content=f"line {number}"))
            db.flush()
        db.commit()
    with true("delete for each", "DELETE FROM comments", "deletes by id in a loop over a list"), session() as db:
        for comment in db.query(Comment).order_by(Comment.id.desc()).limit(9).all():
            db.query(Comment).filter(Comment.id == comment.id).delete()
        db.commit()
    trace = begin("with sqlcommenter", "n-plus-one", "the same with a trace context in a comment", ["FROM teams"])
    add = lambda conn, cursor, sql, parameters, context, many: (f"{sql} {traceparent(trace)}", parameters)
    event.listen(engine, "before_cursor_execute", add, retval=True)
    with session() as db:
        for agent in db.query(Agent).order_by(Agent.id.desc()).limit(18).all():
            agent.team.name
    event.remove(engine, "before_cursor_execute", add)
    end("with sqlcommenter")
    with true("rows of a server-side cursor", "FROM executions", "one query for each row of a streamed result"), session() as db:
        with session() as other:
            for flow in db.query(Workflow).order_by(Workflow.id).limit(120).yield_per(50):
                other.query(Execution.status).filter(Execution.workflow_id == flow.id).first()
    with true("get or create", "SELECT tags", "looks for each tag and adds what is missing"), session() as db:
        for name in [f"tag-{number}" for number in range(1, 14)]:
            if db.execute(select(Tag).where(Tag.name == name)).scalar() is None:
                db.add(Tag(name=name))
        db.commit()
    with true("refresh of each object", "FROM workflows", "commit expires objects; each is loaded again when touched"), session() as db:
        flows = db.query(Workflow).limit(10).all()
        db.commit()
        [flow.name for flow in flows]


def looks():
    with alike("joinedload", "one join"), session() as db:
        for agent in db.query(Agent).options(joinedload(Agent.team)).limit(30):
            agent.team.name
    with alike("selectinload", "one IN list a relation"), session() as db:
        for agent in db.query(Agent).options(selectinload(Agent.workflows), selectinload(Agent.tags)).limit(30).all():
            len(agent.workflows), len(agent.tags)
    with alike("selectinload in chunks of 500", "2,800 parents: six statements with different lists"), session() as db:
        for flow in db.query(Workflow).options(selectinload(Workflow.executions)).all():
            len(flow.executions)
    with alike("subqueryload", "one statement a relation"), session() as db:
        for agent in db.query(Agent).options(subqueryload(Agent.workflows)).limit(30).all():
            len(agent.workflows)
    with alike("yield_per", "fetches of one cursor"), session() as db:
        for _ in db.query(Execution).yield_per(200).execution_options(stream_results=True):
            pass
    with alike("reflection of tables", "look-ups in the catalog for each table"), engine.connect() as connection:
        MetaData().reflect(connection)
        inspector = inspect(engine)
        [inspector.get_indexes(name) for name in inspector.get_table_names()]
    with alike("first connection", "what a pool asks of a new connection"):
        fresh = create_engine(url, pool_pre_ping=True, pool_size=6)
        connections = [fresh.connect() for _ in range(6)]
        [connection.execute(text("select 1")) for connection in connections]
        [connection.close() for connection in connections]
        fresh.dispose()
    with alike("offset pages", "an export reads page after page"), session() as db:
        for number in range(12):
            db.query(Execution).order_by(Execution.id).offset(number * 50).limit(50).all()
    with alike("keyset pages", "an export reads from the last id on"), session() as db:
        last = 0
        for _ in range(12):
            last = db.query(Execution).filter(Execution.id > last).order_by(Execution.id).limit(50).all()[-1].id
    with alike("keyset pages by date and id", "the same key is compared with < and with ="), session() as db:
        at, last = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc), 0
        for _ in range(12):
            later = or_(Execution.started_at < at, and_(Execution.started_at == at, Execution.id < last))
            row = db.query(Execution).filter(later).order_by(Execution.started_at.desc(), Execution.id.desc()).limit(40).all()[-1]
            at, last = row.started_at, row.id
    with alike("bulk insert in chunks", "800 rows a statement"), session() as db:
        for chunk in range(6):
            db.execute(Message.__table__.insert(), [{"execution_id": 1, "role": "user", "content": f"{chunk} {n}"} for n in range(800)])
        db.commit()
    with alike("unit of work", "20 new objects flushed together: one statement with many rows"), session() as db:
        db.add_all([Message(execution_id=9, role="user", content=f"row {number}") for number in range(20)])
        db.commit()
    with alike("savepoints", "twelve savepoints around nothing much"), session() as db:
        for _ in range(12):
            with db.begin_nested():
                db.execute(text("SET LOCAL work_mem = '8MB'"))
        db.commit()
    with alike("four look-ups", "a few rows only"), session() as db:
        for agent in db.query(Agent).limit(4).all():
            agent.team.name
    with alike("dashboard", "six counts that differ in a word of the code"), session() as db:
        db.query(Team).order_by(Team.id).limit(9).all()
        for status in ["done", "failed", "running", "queued", "lost", "retried"]:
            db.query(func.count(Execution.id)).filter(Execution.status == status).scalar()
    with alike("search for a free slug", "agent-1, agent-1-2, agent-1-3 … until one is free"), session() as db:
        taken = ["report", *(f"report-{n}" for n in range(2, 9))]
        for slug in taken:
            db.add(Agent(team_id=1, name="Report", slug=slug, model="m"))
        db.flush()
        for slug in [*taken, "report-9"]:
            if db.query(Agent.id).filter(Agent.slug == slug).first() is None:
                break
        db.rollback()
    with alike("retries after a serialization failure", "six attempts of one transaction, each reads three rows"):
        attempts = 0
        while attempts < 6:
            attempts += 1
            db = Session(engine.execution_options(isolation_level="SERIALIZABLE"))
            try:
                for number in (1, 2, 3):
                    db.get(Agent, number)
                db.execute(text("UPDATE counters SET value = value + 1 WHERE name = 'runs'")) if attempts == 6 else _conflict(db)
                db.commit()
            except OperationalError as error:
                assert isinstance(error.orig, psycopg2.errors.SerializationFailure), error
                db.rollback()
            db.close()
    with alike("polling", "asks until the execution is done, a tenth of a second apart"), session() as db:
        for _ in range(9):
            db.query(Execution.status).filter(Execution.id == 12).scalar()
            db.rollback()
            time.sleep(0.11)
    with alike("a job for each tenant", "the same statements in twelve schemas"), session() as db:
        for number in range(12):
            db.execute(text(f"SET search_path TO tenant_{number}, public"))
            db.execute(text("SELECT count(*), max(id) FROM agents"))
            db.execute(text("INSERT INTO usage_days SELECT t.id, date '2026-01-01' + :n, 0 FROM teams t"), {"n": number})
        db.execute(text("SET search_path TO public"))
        db.commit()
    with alike("queue worker", "takes one job after the other until none is left"), session() as db:
        for _ in range(14):
            job = db.execute(text("SELECT id FROM jobs WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")).scalar()
            db.execute(text("UPDATE jobs SET state = 'done' WHERE id = :id"), {"id": job})
            db.commit()
    with duplicate("session for each resolver", "FROM sessions", "each resolver asks who the user is"), session() as db:
        for _ in range(8):
            db.query(UserSession).filter(UserSession.id == "session-3").first()
            db.expire_all()
    with alike("session once", "middleware, then one read"), session() as db:
        for _ in range(2):
            db.query(UserSession).filter(UserSession.id == "session-3").first()
        db.query(Agent).limit(10).all()


def _conflict(db):
    """Another transaction changes the row after our snapshot was taken: ours fails with 40001."""
    with engine.connect() as other:
        other.execution_options(isolation_level="AUTOCOMMIT").execute(text("/* elsewhere */ UPDATE counters SET value = value + 1 WHERE name = 'runs'"))
    db.execute(text("UPDATE counters SET value = value + 1 WHERE name = 'runs'"))


with session() as warm:
    warm.execute(text("select 1"))
truths()
looks()
