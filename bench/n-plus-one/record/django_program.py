"""Django 3.2 (ORM) on psycopg2. Its models have tables of their own, made by its own migration."""
import os
import sys
import time
from types import ModuleType
from urllib.parse import urlparse

import django
from django.conf import settings

at = urlparse(os.environ["DATABASE_URL"])
app = sys.modules["builder"] = ModuleType("builder")
app.__path__ = [os.path.dirname(os.path.abspath(__file__))]
settings.configure(
    INSTALLED_APPS=["builder", "django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": at.path[1:], "USER": at.username,
                           "PASSWORD": at.password, "HOST": at.hostname, "PORT": at.port}},
    USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.paginator import Paginator  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.db.utils import OperationalError  # noqa: E402

from recording import alike, begin, duplicate, end, traceparent, true  # noqa: E402


class Team(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "builder"


class Tag(models.Model):
    name = models.TextField(unique=True)

    class Meta:
        app_label = "builder"


class Agent(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    name = models.TextField()
    slug = models.TextField(unique=True)
    tags = models.ManyToManyField(Tag)

    class Meta:
        app_label = "builder"


class Workflow(models.Model):
    agent = models.ForeignKey(Agent, models.CASCADE)
    name = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "builder"


class Execution(models.Model):
    workflow = models.ForeignKey(Workflow, models.CASCADE)
    status = models.TextField()
    tokens = models.IntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "builder"


class UserSession(models.Model):
    key = models.TextField(unique=True)
    user_name = models.TextField()

    class Meta:
        app_label = "builder"


def fill():
    Team.objects.bulk_create(Team(name=f"Team {n}") for n in range(24))
    teams = list(Team.objects.order_by("id"))
    Tag.objects.bulk_create(Tag(name=f"tag-{n}") for n in range(15))
    tags = list(Tag.objects.all())
    Agent.objects.bulk_create(Agent(team=teams[n % 24], name=f"Agent {n}", slug=f"agent-{n}") for n in range(120))
    agents = list(Agent.objects.order_by("id"))
    through = Agent.tags.through
    through.objects.bulk_create(through(agent=a, tag=t) for a in agents for t in tags if (a.id + t.id) % 5 == 0)
    Workflow.objects.bulk_create(Workflow(agent=agents[n % 120], name=f"Workflow {n}") for n in range(2800))
    flows = list(Workflow.objects.order_by("id"))
    Execution.objects.bulk_create(Execution(workflow=flows[n * 11 % 2800], status=["done", "failed"][n % 2]) for n in range(9000))
    UserSession.objects.bulk_create(UserSession(key=f"session-{n}", user_name=f"user{n}") for n in range(5))


def truths():
    with true("foreign key in a template loop", 'FROM "builder_team"', "select_related is missing"):
        for agent in Agent.objects.order_by("id")[:20]:
            agent.team.name
    with true("reverse foreign key", 'FROM "builder_workflow"', "prefetch_related is missing"):
        for agent in Agent.objects.order_by("id")[:12]:
            list(agent.workflow_set.all())
    with true("many-to-many", 'FROM "builder_tag"', "the tags of each agent"):
        for agent in Agent.objects.order_by("id")[:12]:
            list(agent.tags.all())
    with true("count for each", "COUNT", "a count of workflows for each agent"):
        for agent in Agent.objects.order_by("id")[:15]:
            agent.workflow_set.count()
    with true("exists for each", 'FROM "builder_execution"', "whether each workflow ever ran"):
        for flow in Workflow.objects.order_by("id")[:10]:
            flow.execution_set.exists()
    with true("nested", ['FROM "builder_workflow"', 'FROM "builder_execution"'], "executions of workflows of agents"):
        for agent in Agent.objects.order_by("id")[:6]:
            for flow in agent.workflow_set.order_by("id")[:3]:
                list(flow.execution_set.all())
    with true("latest of each", 'FROM "builder_execution"', "the newest execution of each workflow"):
        for flow in Workflow.objects.order_by("-id")[:9]:
            flow.execution_set.order_by("-started_at").first()
    with true("filter by key and own date", 'FROM "builder_execution"', "two values differ, one beside >"):
        for flow in Workflow.objects.order_by("id")[:14]:
            list(flow.execution_set.filter(started_at__gt=flow.created_at))
    with true("save in a loop", 'UPDATE "builder_workflow"', "saves each object of a list"):
        for flow in Workflow.objects.order_by("id")[:12]:
            flow.name += "!"
            flow.save()
    with true("create in a loop", 'INSERT INTO "builder_execution"', "creates one object after the other"):
        flow = Workflow.objects.first()
        for _ in range(15):
            Execution.objects.create(workflow=flow, status="queued")
    with true("delete in a loop", 'DELETE FROM "builder_execution"', "deletes each object of a list"):
        for execution in Execution.objects.order_by("-id")[:8]:
            execution.delete()
    with true("get_or_create in a loop", 'FROM "builder_tag"', "looks for each name"):
        for number in range(13):
            Tag.objects.get_or_create(name=f"tag-{number}")
    with true("in savepoints", 'UPDATE "builder_agent"', "each update in a savepoint of its own"), transaction.atomic():
        for agent in Agent.objects.order_by("id")[:11]:
            with transaction.atomic():
                Agent.objects.filter(pk=agent.pk).update(name="renamed")
    with true("get by key of a list of the request", 'FROM "builder_agent"', "a batch of ids, loaded one by one"):
        for number in range(1, 26):
            Agent.objects.get(pk=number)
    with true("rows of iterator()", 'FROM "builder_agent"', "a server-side cursor and one query for each row"), transaction.atomic():
        for flow in Workflow.objects.filter(id__lte=40).order_by("id").iterator(chunk_size=15):
            flow.agent.name
    with true("prefetch in the loop", 'FROM "builder_tag"', "prefetch_related_objects for each object alone"):
        for agent in Agent.objects.order_by("id")[:10]:
            models.prefetch_related_objects([agent], "tags")
    trace = begin("with sqlcommenter", "n-plus-one", "with a trace context and tags in a comment", ['FROM "builder_team"'])
    tag = f"/*controller='agents',framework='django%%3A3.2.25',{traceparent(trace)[2:]}"
    with connection.execute_wrapper(lambda run, sql, params, many, context: run(f"{sql} {tag}", params, many, context)):
        for agent in Agent.objects.order_by("-id")[:14]:
            agent.team.name
    end("with sqlcommenter")


def looks():
    with alike("select_related", "one join"):
        [agent.team.name for agent in Agent.objects.select_related("team")[:30]]
    with alike("prefetch_related", "one IN list a relation"):
        for agent in Agent.objects.prefetch_related("tags", "workflow_set__execution_set")[:30]:
            [list(flow.execution_set.all()) for flow in agent.workflow_set.all()]
    with alike("in_bulk in batches", "seven lists of a hundred keys"):
        ids = list(Workflow.objects.order_by("id").values_list("id", flat=True)[:700])
        for start in range(0, 700, 100):
            Workflow.objects.in_bulk(ids[start:start + 100])
    with alike("bulk_create in batches", "nine statements of 100 rows"):
        flow = Workflow.objects.first()
        Execution.objects.bulk_create([Execution(workflow=flow, status="queued") for _ in range(900)], batch_size=100)
    with alike("bulk_update in batches", "six statements of 50 rows"):
        flows = list(Workflow.objects.order_by("id")[:300])
        for flow in flows:
            flow.name = f"{flow.name}?"
        Workflow.objects.bulk_update(flows, ["name"], batch_size=50)
    with alike("iterator", "fetches of a cursor"), transaction.atomic():
        for _ in Execution.objects.order_by("id").iterator(chunk_size=500):
            pass
    with alike("paginator", "offset pages of an export"):
        pages = Paginator(Execution.objects.order_by("id").values_list("id"), 60)
        for number in range(1, 11):
            list(pages.page(number))
    with alike("keyset pages with Q", "the key is compared with > and with ="):
        row = Execution.objects.order_by("started_at", "id").first()
        for _ in range(11):
            later = Q(started_at__gt=row.started_at) | Q(started_at=row.started_at, id__gt=row.id)
            row = list(Execution.objects.filter(later).order_by("started_at", "id")[:40])[-1]
    with alike("introspection", "inspectdb asks the catalog about each table"):
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                connection.introspection.get_table_description(cursor, table)
                connection.introspection.get_constraints(cursor, table)
    with alike("nested savepoints", "atomic blocks and no statement repeated"), transaction.atomic():
        for _ in range(10):
            with transaction.atomic():
                pass
    with alike("cascade of a deletion", "collects dependants by lists of keys"):
        Team.objects.filter(id__in=[1, 2]).delete()
    with alike("four rows", "below any threshold"):
        [agent.team.name for agent in Agent.objects.order_by("id")[:4]]
    with alike("counts of a dashboard", "fixed words, after a list of eight"):
        list(Tag.objects.order_by("id")[:8])
        [Execution.objects.filter(status=word).count() for word in ("done", "failed", "running", "queued", "lost", "new")]
    with alike("free slug", "asks until a slug is free"), transaction.atomic():
        team = Team.objects.last()
        Agent.objects.bulk_create(Agent(team=team, name="Bot", slug="bot" if n == 1 else f"bot-{n}") for n in range(1, 10))
        number = 1
        while Agent.objects.filter(slug="bot" if number == 1 else f"bot-{number}").exists():
            number += 1
        transaction.set_rollback(True)
    with alike("polling for a state", "a long poll asks every tenth of a second"):
        for _ in range(8):
            Execution.objects.values_list("status").get(pk=100)
            time.sleep(0.11)
    with alike("refresh after each write", "counts up and reads what it has become"):
        execution = Execution.objects.first() or Execution.objects.create(workflow=Workflow.objects.first(), status="x")
        for _ in range(7):
            Execution.objects.filter(pk=execution.pk).update(tokens=models.F("tokens") + 1)
            execution.refresh_from_db()
    with alike("health checks", "asks the database whether it lives"):
        for _ in range(10):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
    with duplicate("settings looked up again", 'FROM "builder_tag"', "a property without a cache"):
        for _ in range(9):
            Tag.objects.get(name="tag-3")
    with alike("session by middleware", "three middlewares ask for the session"):
        for _ in range(3):
            UserSession.objects.get(key="session-2")
        list(Agent.objects.all()[:25])
    with alike("retry of a failed transaction", "five attempts fail, the sixth does not"):
        for attempt in range(6):
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                    [Team.objects.get(pk=number) for number in (5, 6, 7, 8)]
                    if attempt < 5:
                        raise_conflict()
            except OperationalError:
                pass


def raise_conflict():
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'; END $$")


connection.ensure_connection()
with alike("migration", "tables, indexes and what a migration notes down"):
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in (Team, Tag, Agent, Workflow, Execution, UserSession):
            editor.create_model(model)
fill()
truths()
looks()
