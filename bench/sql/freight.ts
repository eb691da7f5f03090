import type { IndexWorkload } from './case.ts';

/**
 * Freight of many carriers: link tables, time series, trees, periods, documents and texts; 1.7 million rows. The person's
 * indexes were written down before advice was first asked for.
 */
export const freight: IndexWorkload = {
  name: 'freight',
  setup: [
    `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
    `CREATE TABLE carriers (id int PRIMARY KEY, code text NOT NULL UNIQUE, name text NOT NULL)`,
    `CREATE TABLE parties (id bigint PRIMARY KEY, carrier_id int NOT NULL, name text NOT NULL, vat text, email varchar(120) NOT NULL, country char(2) NOT NULL, contact jsonb NOT NULL)`,
    `CREATE TABLE shipments (id bigint PRIMARY KEY, carrier_id int NOT NULL REFERENCES carriers, reference text NOT NULL, state text NOT NULL, booked_at timestamptz NOT NULL, due_at timestamptz, weight_kg numeric(8,1) NOT NULL, tags text[] NOT NULL, extra jsonb NOT NULL, parent_id bigint)`,
    `CREATE TABLE shipment_parties (shipment_id bigint NOT NULL, party_id bigint NOT NULL, role text NOT NULL, PRIMARY KEY (shipment_id, role, party_id))`,
    `CREATE TABLE legs (id bigint PRIMARY KEY, shipment_id bigint NOT NULL, position smallint NOT NULL, origin char(5) NOT NULL, destination char(5) NOT NULL, departs_at timestamptz NOT NULL, arrives_at timestamptz NOT NULL, vessel text NOT NULL, status smallint NOT NULL)`,
    `CREATE TABLE scans (id bigint PRIMARY KEY, leg_id bigint NOT NULL, device_id int NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, temperature real, payload jsonb NOT NULL)`,
    `CREATE TABLE tariffs (id int PRIMARY KEY, lane text NOT NULL, valid daterange NOT NULL, price numeric(9,2) NOT NULL)`,
    `CREATE TABLE messages (id bigint PRIMARY KEY, shipment_id bigint NOT NULL, author_id int NOT NULL, body text NOT NULL, sent_at timestamp NOT NULL, read_at timestamp)`,
    `INSERT INTO carriers SELECT n, 'C' || n, 'Carrier line ' || n FROM generate_series(1, 400) n`,
    // A few carriers have most of the rows.
    `INSERT INTO parties SELECT n, 1 + floor(400 * power((n::bigint * 7919) % 1000 / 1000.0, 2))::int, initcap(left(md5((n * 3)::text), 7)) || ' ' || (ARRAY['Shipping','Trading','Foods','Metals','Textiles'])[1 + n % 5] || ' ' || md5(n::text), CASE WHEN n % 4 > 0 THEN 'de' || 100000000 + (n::bigint * 86028121) % 899999999 END, 'office' || n || '@mail' || n % 900 || '.example', (ARRAY['DE','NL','CN','US','BR','IN'])[1 + n % 6], jsonb_build_object('phone', '+49' || n * 37, 'lang', n % 9) FROM generate_series(1, 100000) n`,
    `INSERT INTO shipments SELECT n, 1 + floor(400 * power((n::bigint * 104729) % 1000 / 1000.0, 2))::int, 'REF-' || (n::bigint * 15485863) % 900001, CASE WHEN n % 89 = 0 THEN 'customs' WHEN n % 53 = 0 THEN 'booked' WHEN n % 31 = 0 THEN 'cancelled' WHEN n % 17 = 0 THEN 'transit' ELSE 'delivered' END, timestamptz '2024-01-01 00:00+00' + n * interval '2 minutes', CASE WHEN n % 6 > 0 THEN timestamptz '2024-01-15 00:00+00' + n * interval '2 minutes' + (n::bigint * 611953 % 30) * interval '1 day' END, (n::bigint * 48271 % 99991) / 10.0, ARRAY['hazmat-' || n % 700, 'zone-' || n % 9, 'fragile-' || n % 450], jsonb_build_object('po', 'PO-' || (n::bigint * 32452843) % 70001, 'customs', jsonb_build_object('office', 'o-' || n % 900)) || CASE WHEN n % 1103 = 0 THEN jsonb_build_object('damage', n % 5) ELSE '{}' END, CASE WHEN n % 7 = 0 THEN 1 + (n::bigint * 7907) % (n / 3) END FROM generate_series(1, 250000) n`,
    `INSERT INTO shipment_parties SELECT 1 + n / 2, 1 + (n::bigint * 49979687) % 100000, (ARRAY['shipper','consignee','notify'])[1 + n % 3] FROM generate_series(1, 450000) n`,
    `INSERT INTO legs SELECT n, 1 + (n::bigint * 179424673) % 250000, 1 + n % 4, 'PT' || lpad(((n::bigint * 7919) % 180)::text, 3, '0'), 'PT' || lpad(((n::bigint * 6700417) % 193)::text, 3, '0'), timestamptz '2024-01-02 00:00+00' + n * interval '100 seconds', timestamptz '2024-01-05 00:00+00' + n * interval '100 seconds', 'Vessel ' || (n::bigint * 1299709) % 1100, CASE WHEN n % 37 = 0 THEN 1 WHEN n % 29 = 0 THEN 2 ELSE 3 END FROM generate_series(1, 300000) n`,
    `INSERT INTO scans SELECT n, 1 + (n::bigint * 67867967) % 300000, 1 + (n::bigint * 3571) % 1500, timestamptz '2025-01-01 00:00+00' + n * interval '9 seconds', CASE WHEN n % 4001 = 0 THEN 'tamper' ELSE (ARRAY['gate','load','unload','ping','ping'])[1 + n % 5] END, CASE WHEN n % 3 > 0 THEN 2 + (n::bigint * 48271 % 40009) / 1000.0 END, jsonb_build_object('battery', n % 100, 'fw', 'v' || n % 40) FROM generate_series(1, 450000) n`,
    `INSERT INTO tariffs SELECT n, 'L-' || (n::bigint * 7919) % 4001, daterange(date '2019-01-01' + (n::bigint * 611953 % 2500)::int, date '2019-01-01' + (n::bigint * 611953 % 2500)::int + 1 + n % 9), (n * 13) % 90000 / 7.0 FROM generate_series(1, 60000) n`,
    `INSERT INTO messages SELECT n, 1 + (n::bigint * 15487469) % 250000, 1 + (n::bigint * 104651) % 3000, 'Dear forwarder, pallet word' || n % 3001 || ' near gate word' || (n::bigint * 31) % 4001 || repeat(' as agreed with the port', 1 + n % 4), timestamp '2025-01-01' + n * interval '70 seconds', CASE WHEN n % 25 > 0 THEN timestamp '2025-01-02' + n * interval '70 seconds' END FROM generate_series(1, 120000) n`,
  ],
  queries: [
    {
      name: 'newest in customs of a carrier',
      sql: `SELECT id, reference FROM shipments WHERE carrier_id = 17 AND state = 'customs' ORDER BY booked_at DESC LIMIT 25`,
      oracle: ['CREATE INDEX ON shipments (carrier_id, state, booked_at)'],
    },
    {
      name: 'a reference of a carrier',
      sql: `SELECT * FROM shipments WHERE carrier_id = 42 AND reference = 'REF-500005'`,
      oracle: ['CREATE INDEX ON shipments (reference)'],
    },
    {
      name: 'next page by keyset',
      sql: `SELECT id, reference, state FROM shipments WHERE carrier_id = 42 AND (booked_at, id) < ('2024-09-01 00:00+00', 175000) ORDER BY booked_at DESC, id DESC LIMIT 50`,
      oracle: ['CREATE INDEX ON shipments (carrier_id, booked_at, id)'],
    },
    {
      name: 'overdue and not done',
      sql: `SELECT id, carrier_id, due_at FROM shipments WHERE due_at < '2024-02-20 00:00+00' AND state NOT IN ('delivered', 'cancelled') ORDER BY due_at`,
      oracle: [`CREATE INDEX ON shipments (due_at) WHERE state NOT IN ('delivered', 'cancelled')`],
    },
    {
      name: 'any of two tags',
      sql: `SELECT id FROM shipments WHERE tags && ARRAY['hazmat-7', 'fragile-33']`,
      oracle: ['CREATE INDEX ON shipments USING gin (tags)'],
    },
    {
      name: 'a purchase order',
      sql: `SELECT id, reference FROM shipments WHERE extra->>'po' = 'PO-777'`,
      oracle: [`CREATE INDEX ON shipments ((extra->>'po'))`],
    },
    {
      name: 'of a customs office',
      sql: `SELECT id FROM shipments WHERE extra @> '{"customs": {"office": "o-55"}}'`,
      oracle: ['CREATE INDEX ON shipments USING gin (extra jsonb_path_ops)'],
    },
    {
      name: 'newest damaged',
      sql: `SELECT id, extra->'damage' FROM shipments WHERE extra ? 'damage' ORDER BY booked_at DESC LIMIT 40`,
      oracle: [`CREATE INDEX ON shipments (booked_at) WHERE extra ? 'damage'`],
    },
    {
      name: 'shipments of a consignee',
      sql: `SELECT s.id, s.reference, s.state FROM shipment_parties p JOIN shipments s ON s.id = p.shipment_id WHERE p.party_id = 4711 AND p.role = 'consignee' ORDER BY s.booked_at DESC LIMIT 20`,
      oracle: ['CREATE INDEX ON shipment_parties (party_id, role)'],
    },
    {
      name: 'parties by beginning',
      sql: `SELECT id, name FROM parties WHERE carrier_id = 3 AND lower(name) LIKE 'ab1%' ORDER BY lower(name) LIMIT 10`,
      oracle: ['CREATE INDEX ON parties (carrier_id, lower(name) text_pattern_ops)'],
    },
    {
      name: 'parties by middle',
      sql: `SELECT id, name FROM parties WHERE name ILIKE '%ff1a2%'`,
      oracle: ['CREATE INDEX ON parties USING gin (name gin_trgm_ops)'],
    },
    {
      name: 'parties by end of mail',
      sql: `SELECT id FROM parties WHERE email LIKE '%@mail77.example'`,
      oracle: ['CREATE INDEX ON parties USING gin (email gin_trgm_ops)'],
    },
    {
      name: 'a tax number',
      sql: `SELECT id, name FROM parties WHERE upper(vat) = 'DE186028121'`,
      oracle: ['CREATE INDEX ON parties (upper(vat))'],
    },
    {
      name: 'parts of a shipment',
      sql: `SELECT id, state FROM shipments WHERE parent_id = 5000 ORDER BY id`,
      oracle: ['CREATE INDEX ON shipments (parent_id)'],
    },
    {
      name: 'tree of a shipment',
      sql: `WITH RECURSIVE tree AS (SELECT id, parent_id FROM shipments WHERE id = 40 UNION ALL SELECT s.id, s.parent_id FROM shipments s JOIN tree t ON s.parent_id = t.id) SELECT count(*) FROM tree`,
      oracle: ['CREATE INDEX ON shipments (parent_id)'],
    },
    {
      name: 'departures of a port',
      sql: `SELECT id, vessel, departs_at FROM legs WHERE origin = 'PT077' AND departs_at BETWEEN '2024-06-01 00:00+00' AND '2024-06-08 00:00+00' ORDER BY departs_at`,
      oracle: ['CREATE INDEX ON legs (origin, departs_at)'],
    },
    {
      name: 'a lane',
      sql: `SELECT count(*), max(arrives_at - departs_at) FROM legs WHERE origin = 'PT012' AND destination = 'PT150'`,
      oracle: ['CREATE INDEX ON legs (origin, destination)'],
    },
    {
      name: 'first legs of shipments',
      sql: `SELECT DISTINCT ON (shipment_id) shipment_id, origin, departs_at FROM legs WHERE shipment_id IN (71, 5000, 90001, 123456) ORDER BY shipment_id, position`,
      oracle: ['CREATE INDEX ON legs (shipment_id, position)'],
    },
    {
      name: 'open legs of a vessel',
      sql: `SELECT id, shipment_id FROM legs WHERE vessel = 'Vessel 77' AND status < 3 ORDER BY departs_at LIMIT 20`,
      oracle: ['CREATE INDEX ON legs (vessel, status)'],
    },
    {
      name: 'last scan of each leg',
      sql: `SELECT l.id, l.position, s.kind, s.at FROM legs l LEFT JOIN LATERAL (SELECT kind, at FROM scans WHERE leg_id = l.id ORDER BY at DESC LIMIT 1) s ON true WHERE l.shipment_id = 4242 ORDER BY l.position`,
      oracle: ['CREATE INDEX ON legs (shipment_id, position)', 'CREATE INDEX ON scans (leg_id, at)'],
    },
    {
      name: 'a device in a week',
      sql: `SELECT avg(temperature), max(temperature) FROM scans WHERE device_id = 77 AND at >= '2025-01-08 00:00+00' AND at < '2025-01-15 00:00+00'`,
      oracle: ['CREATE INDEX ON scans (device_id, at)'],
    },
    {
      name: 'scans of an hour',
      sql: `SELECT kind, count(*) FROM scans WHERE at >= '2025-02-01 10:00+00' AND at < '2025-02-01 11:00+00' GROUP BY kind`,
      oracle: ['CREATE INDEX ON scans (at)'],
    },
    {
      name: 'too warm',
      sql: `SELECT id, device_id, at, temperature FROM scans WHERE temperature > 41.95 ORDER BY at DESC LIMIT 50`,
      oracle: ['CREATE INDEX ON scans (temperature)'],
    },
    {
      name: 'scans of a day, as an expression',
      sql: `SELECT count(*), count(DISTINCT device_id) FROM scans WHERE (at AT TIME ZONE 'UTC')::date = '2025-01-20'`,
      oracle: [`CREATE INDEX ON scans (((at AT TIME ZONE 'UTC')::date))`],
    },
    {
      name: 'last tampering',
      sql: `SELECT max(at) FROM scans WHERE kind = 'tamper'`,
      oracle: ['CREATE INDEX ON scans (kind, at)'],
    },
    {
      name: 'price of a lane on a day',
      sql: `SELECT price FROM tariffs WHERE lane = 'L-77' AND valid @> date '2021-03-03'`,
      oracle: ['CREATE INDEX ON tariffs (lane)'],
    },
    {
      name: 'tariffs that touch two days',
      sql: `SELECT id, lane FROM tariffs WHERE valid && daterange('2022-02-01', '2022-02-03')`,
      oracle: ['CREATE INDEX ON tariffs USING gist (valid)'],
    },
    {
      name: 'unread of an author',
      sql: `SELECT id, sent_at FROM messages WHERE author_id = 99 AND read_at IS NULL ORDER BY sent_at`,
      oracle: ['CREATE INDEX ON messages (author_id, sent_at) WHERE read_at IS NULL'],
    },
    {
      name: 'words of a message',
      sql: `SELECT id FROM messages WHERE to_tsvector('english', body) @@ to_tsquery('english', 'word77 & pallet')`,
      oracle: [`CREATE INDEX ON messages USING gin (to_tsvector('english', body))`],
    },
    {
      name: 'a day without messages',
      sql: `SELECT s.id FROM shipments s WHERE s.booked_at >= '2024-05-05 00:00+00' AND s.booked_at < '2024-05-06 00:00+00' AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.shipment_id = s.id)`,
      oracle: ['CREATE INDEX ON shipments (booked_at)', 'CREATE INDEX ON messages (shipment_id)'],
    },
    {
      name: 'reference or order',
      sql: `SELECT id FROM shipments WHERE reference = 'REF-77' OR extra->>'po' = 'PO-9009'`,
      oracle: ['CREATE INDEX ON shipments (reference)', `CREATE INDEX ON shipments ((extra->>'po'))`],
    },
    {
      name: 'heaviest in each state',
      sql: `SELECT id, state, weight_kg FROM (SELECT id, state, weight_kg, row_number() OVER (PARTITION BY state ORDER BY weight_kg DESC) AS place FROM shipments WHERE carrier_id = 333) ranked WHERE place <= 3`,
      oracle: ['CREATE INDEX ON shipments (carrier_id, state, booked_at)'],
    },
    {
      name: 'weights of a carrier',
      sql: `SELECT id, weight_kg FROM shipments WHERE carrier_id = 1 AND weight_kg BETWEEN 900 AND 930 ORDER BY weight_kg`,
      oracle: ['CREATE INDEX ON shipments (carrier_id, weight_kg)'],
    },
    {
      name: 'control: all kinds',
      sql: `SELECT kind, avg(temperature), max(payload->>'fw') FROM scans GROUP BY kind`,
      oracle: [],
    },
    {
      name: 'control: most countries',
      sql: `SELECT avg(length(contact->>'phone')) FROM parties WHERE country <> 'DE'`,
      oracle: [],
    },
    {
      name: 'control: most weights',
      sql: `SELECT sum(length(reference)), count(DISTINCT state) FROM shipments WHERE weight_kg > 500`,
      oracle: [],
    },
    {
      name: 'control: all scans of all legs',
      sql: `SELECT l.vessel, count(*), avg(s.temperature) FROM scans s JOIN legs l ON l.id = s.leg_id GROUP BY l.vessel`,
      oracle: [],
    },
    { name: 'control: by key', sql: `SELECT * FROM shipments WHERE id = 777`, oracle: [] },
    {
      name: 'control: a small table',
      sql: `SELECT id FROM carriers WHERE name ILIKE '%line 9%'`,
      oracle: [],
    },
    {
      name: 'control: a letter anywhere',
      sql: `SELECT count(*) FROM messages WHERE body LIKE '%e%'`,
      oracle: [],
    },
    {
      name: 'control: all names',
      sql: `SELECT md5(string_agg(name, ',' ORDER BY id)) FROM parties`,
      oracle: [],
    },
  ],
};
