/**
 * The schema of the store, the same text for a PostgreSQL server and the embedded one. Everything lies in the
 * PostgreSQL schema `outrider`, so it can share a database with anything else.
 *
 * Each entry is one migration, applied once and in order; never change one that was released, add another.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE outrider.head (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  position bigint NOT NULL DEFAULT 0,
  oldest bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 10);
INSERT INTO outrider.head DEFAULT VALUES;

CREATE TABLE outrider.events (
  position bigint NOT NULL,
  day date,
  id text COLLATE "C" NOT NULL,
  type text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL,
  stream text COLLATE "C",
  stream_version bigint,
  trace_id text COLLATE "C",
  exchange_id text COLLATE "C",
  caused_by bigint,
  data json NOT NULL
) PARTITION BY LIST (day);
CREATE INDEX events_type ON outrider.events (type, position);
CREATE INDEX events_stream ON outrider.events (stream, position) WHERE stream IS NOT NULL;
CREATE INDEX events_trace ON outrider.events (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX events_exchange ON outrider.events (exchange_id) WHERE exchange_id IS NOT NULL;
CREATE TABLE outrider.events_forever PARTITION OF outrider.events (PRIMARY KEY (position)) FOR VALUES IN (NULL);

CREATE TABLE outrider.streams (
  stream text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  last_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE outrider.writers (
  writer text COLLATE "C" PRIMARY KEY,
  number bigint NOT NULL,
  base bigint NOT NULL,
  seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE outrider.snapshots (
  panel text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  state json NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (panel, version, position)
);

CREATE TABLE outrider.plugin_values (
  plugin text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  value text NOT NULL,
  ends_at timestamptz,
  PRIMARY KEY (plugin, key)
) WITH (fillfactor = 70);
CREATE INDEX plugin_values_ends ON outrider.plugin_values (ends_at) WHERE ends_at IS NOT NULL;

-- A day's partition. Attaching takes a lock that neither appends nor long replays have to wait for; creating it
-- as a partition at once would make everybody wait for the longest reader.
CREATE FUNCTION outrider.make_day(day date) RETURNS void LANGUAGE plpgsql AS $make$
DECLARE name text := 'events_' || to_char(day, 'YYYYMMDD');
BEGIN
  PERFORM pg_advisory_xact_lock(${advisoryLock('days')});
  IF to_regclass('outrider.' || name) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE outrider.%I (LIKE outrider.events INCLUDING DEFAULTS, PRIMARY KEY (position))', name);
  EXECUTE format('ALTER TABLE outrider.events ATTACH PARTITION outrider.%I FOR VALUES IN (%L)', name, day);
END $make$;

-- One batch, in one round trip. The head row is locked first, so batches of all sidecars are placed one after
-- the other and a position is never seen before a lower one. A batch that its writer sends again, because it
-- never heard whether it was committed, is recognised by its number and not placed twice.
CREATE FUNCTION outrider.append(
  the_writer text, the_number bigint, the_notifier text,
  checked_stream text, expected_version bigint,
  ids text[], types text[], days date[], ats timestamptz[], streams text[],
  trace_ids text[], exchange_ids text[], causes bigint[], datas json[],
  OUT first_position bigint, OUT versions bigint[]
) LANGUAGE plpgsql AS $append$
DECLARE
  base bigint;
  written outrider.writers;
  found_version bigint;
  count integer := cardinality(ids);
BEGIN
  SELECT h.position INTO STRICT base FROM outrider.head h FOR UPDATE;

  IF the_writer IS NOT NULL THEN
    SELECT * INTO written FROM outrider.writers w WHERE w.writer = the_writer;
    IF written.number = the_number THEN
      first_position := written.base + 1;
      SELECT array_agg(e.stream_version ORDER BY e.position) INTO versions FROM outrider.events e
        WHERE e.position > written.base AND e.position <= written.base + count;
      RETURN;
    ELSIF written.number > the_number THEN
      RETURN;
    END IF;
  END IF;

  IF checked_stream IS NOT NULL THEN
    SELECT s.version INTO found_version FROM outrider.streams s WHERE s.stream = checked_stream;
    IF coalesce(found_version, 0) <> expected_version THEN
      RAISE EXCEPTION 'version conflict' USING ERRCODE = 'OR409', DETAIL = coalesce(found_version, 0)::text;
    END IF;
  END IF;

  IF streams IS NOT NULL THEN
    SELECT array_agg(CASE WHEN added.stream IS NOT NULL THEN coalesce(s.version, 0) + added.nth END ORDER BY added.place)
      INTO versions
      FROM (SELECT u.stream, u.place, row_number() OVER (PARTITION BY u.stream ORDER BY u.place) AS nth
            FROM unnest(streams) WITH ORDINALITY AS u(stream, place)) added
      LEFT JOIN outrider.streams s ON s.stream = added.stream;
    INSERT INTO outrider.streams AS s (stream, version, last_at)
      SELECT u.stream, max(u.version), max(u.at) FROM unnest(streams, versions, ats) AS u(stream, version, at)
      WHERE u.stream IS NOT NULL GROUP BY u.stream
      ON CONFLICT (stream) DO UPDATE SET version = excluded.version, last_at = greatest(s.last_at, excluded.last_at);
  END IF;

  INSERT INTO outrider.events
      (position, day, id, type, at, stream, stream_version, trace_id, exchange_id, caused_by, data)
    SELECT base + u.place, u.day, u.id, u.type, u.at, u.stream, u.version, u.trace_id, u.exchange_id, u.cause, u.data
    FROM unnest(ids, types, days, ats, streams, versions, trace_ids, exchange_ids, causes, datas)
      WITH ORDINALITY AS u(id, type, day, at, stream, version, trace_id, exchange_id, cause, data, place);

  IF the_writer IS NOT NULL THEN
    INSERT INTO outrider.writers AS w (writer, number, base, seen_at) VALUES (the_writer, the_number, base, now())
      ON CONFLICT (writer) DO UPDATE SET number = excluded.number, base = excluded.base, seen_at = excluded.seen_at;
  END IF;
  UPDATE outrider.head SET position = base + count;
  PERFORM pg_notify('outrider_appended', the_notifier);
  first_position := base + 1;
END $append$;
`,
];

/** Locks of ours in the database's one space of advisory lock numbers. */
export function advisoryLock(what: 'migration' | 'days'): string {
  // 'outr' in ASCII above, our own number below.
  return String((0x6f757472n << 32n) + (what === 'migration' ? 1n : 2n));
}

/** Brings the schema up to date in one transaction, whoever else is trying to at the same moment. */
export function migrationScript(): string {
  const steps = migrations.map(
    (text, index) => `
  IF NOT EXISTS (SELECT FROM outrider.migrations WHERE number = ${index + 1}) THEN
    EXECUTE $migration$${text}$migration$;
    INSERT INTO outrider.migrations (number) VALUES (${index + 1});
  END IF;`,
  );
  return `
BEGIN;
SELECT pg_advisory_xact_lock(${advisoryLock('migration')});
DO $steps$
BEGIN
  -- IF NOT EXISTS would ask for the right to create schemas even where there is nothing to create.
  IF to_regnamespace('outrider') IS NULL THEN CREATE SCHEMA outrider; END IF;
  IF to_regclass('outrider.migrations') IS NULL THEN
    CREATE TABLE outrider.migrations (number integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
  END IF;${steps.join('')}
  IF EXISTS (SELECT FROM outrider.migrations WHERE number > ${migrations.length}) THEN
    RAISE EXCEPTION 'migrated by a newer Outrider' USING ERRCODE = 'OR426';
  END IF;
END $steps$;
COMMIT;`;
}
