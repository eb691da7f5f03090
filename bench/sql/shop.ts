import type { IndexWorkload } from './case.ts';

/** A shop with tickets, 1.1 million rows: held out, nothing is tuned on it. */
export const shop: IndexWorkload = {
  name: 'shop',
  setup: [
    `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
    `CREATE SCHEMA crm`,
    `CREATE TYPE order_state AS ENUM ('open', 'paid', 'shipped', 'returned')`,
    `CREATE TABLE crm.customers (id bigint PRIMARY KEY, mail varchar(120) NOT NULL, country char(2) NOT NULL, is_vip boolean NOT NULL, profile jsonb NOT NULL)`,
    `CREATE TABLE products (sku text PRIMARY KEY, title text NOT NULL, category_id int NOT NULL, price numeric(10,2) NOT NULL, attributes jsonb NOT NULL, labels text[] NOT NULL)`,
    `CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, state order_state NOT NULL, placed_at timestamp NOT NULL, total numeric(10,2) NOT NULL, coupon text)`,
    `CREATE TABLE order_items (order_id bigint NOT NULL, line int NOT NULL, sku text NOT NULL, quantity int NOT NULL, PRIMARY KEY (order_id, line))`,
    `CREATE TABLE crm.tickets (id bigint PRIMARY KEY, customer_id bigint, "assignedTo" int, priority int NOT NULL, closed_at timestamp, subject text NOT NULL, opened_at timestamp NOT NULL)`,
    `INSERT INTO crm.customers SELECT n, 'c' || (n::bigint * 7907) % 200003 || '@mail' || n % 90 || '.org', (ARRAY['DE','FR','IT','ES','AT'])[1 + n % 5], n % 400 = 0, jsonb_build_object('ref', 'r' || n % 30000, 'news', n % 2 = 0) FROM generate_series(1, 120000) n`,
    `INSERT INTO products SELECT 'SKU-' || lpad(n::text, 7, '0'), 'Thing ' || md5(n::text) || ' in ' || n % 40, (n * 17) % 800, (n * 13) % 9000 / 7.0, jsonb_build_object('color', 'c' || n % 300, 'size', n % 12), ARRAY['l' || n % 500, 'm' || n % 20] FROM generate_series(1, 90000) n`,
    `INSERT INTO orders SELECT n, 1 + (n::bigint * 86028121) % 120000, (CASE WHEN n % 211 = 0 THEN 'open' WHEN n % 50 = 0 THEN 'returned' WHEN n % 3 = 0 THEN 'paid' ELSE 'shipped' END)::order_state, timestamp '2023-01-01' + n * interval '130 seconds', (n * 7) % 50000 / 11.0, CASE WHEN n % 300 = 0 THEN 'CODE' || n % 5000 END FROM generate_series(1, 300000) n`,
    `INSERT INTO order_items SELECT 1 + (n - 1) / 2, 1 + n % 2, 'SKU-' || lpad((1 + (n::bigint * 49979687) % 90000)::text, 7, '0'), 1 + n % 4 FROM generate_series(1, 500000) n`,
    `INSERT INTO crm.tickets SELECT n, 1 + (n::bigint * 15487469) % 120000, n % 70, n % 5, CASE WHEN n % 60 <> 0 THEN timestamp '2024-05-01' + n * interval '5 minutes' END, 'Ticket about ' || md5((n * 3)::text), timestamp '2024-01-01' + n * interval '4 minutes' FROM generate_series(1, 130000) n`,
  ],
  queries: [
    {
      name: 'orders of a customer',
      sql: `SELECT id, total FROM orders WHERE customer_id = 777 ORDER BY placed_at DESC LIMIT 5`,
      oracle: ['CREATE INDEX ON orders (customer_id, placed_at)'],
    },
    {
      name: 'spent by a customer',
      sql: `SELECT sum(total) FROM orders o WHERE o.customer_id = 9001`,
      oracle: ['CREATE INDEX ON orders (customer_id, placed_at)'],
    },
    {
      name: 'open orders',
      sql: `SELECT id, customer_id FROM orders WHERE state = 'open' AND placed_at < '2023-06-01'`,
      oracle: [`CREATE INDEX ON orders (placed_at) WHERE state = 'open'`],
    },
    {
      name: 'oldest open orders',
      sql: `SELECT * FROM orders WHERE state = 'open' ORDER BY placed_at LIMIT 30`,
      oracle: [`CREATE INDEX ON orders (placed_at) WHERE state = 'open'`],
    },
    {
      name: 'a day',
      sql: `SELECT count(*), sum(total) FROM orders WHERE placed_at BETWEEN '2023-09-01' AND '2023-09-02'`,
      oracle: ['CREATE INDEX ON orders (placed_at)'],
    },
    {
      name: 'a coupon',
      sql: `SELECT id FROM orders WHERE coupon = 'CODE2100'`,
      oracle: ['CREATE INDEX ON orders (coupon)'],
    },
    {
      name: 'dearest orders',
      sql: `SELECT id, total FROM orders ORDER BY total DESC, id LIMIT 10`,
      oracle: ['CREATE INDEX ON orders (total DESC, id)'],
    },
    {
      name: 'who bought it',
      sql: `SELECT o.customer_id FROM order_items i JOIN orders o ON o.id = i.order_id WHERE i.sku = 'SKU-0004711'`,
      oracle: ['CREATE INDEX ON order_items (sku)'],
    },
    {
      name: 'never sold',
      sql: `SELECT p.sku FROM products p WHERE p.category_id = 33 AND NOT EXISTS (SELECT 1 FROM order_items i WHERE i.sku = p.sku)`,
      oracle: ['CREATE INDEX ON products (category_id)', 'CREATE INDEX ON order_items (sku)'],
    },
    {
      name: 'cheapest of a category',
      sql: `SELECT sku, price FROM products WHERE category_id = 120 ORDER BY price LIMIT 3`,
      oracle: ['CREATE INDEX ON products (category_id)'],
    },
    {
      name: 'things by word',
      sql: `SELECT sku FROM products WHERE title LIKE '%c81e728d%'`,
      oracle: ['CREATE INDEX ON products USING gin (title gin_trgm_ops)'],
    },
    {
      name: 'things by color',
      sql: `SELECT sku FROM products WHERE attributes @> '{"color": "c77", "size": 5}'`,
      oracle: ['CREATE INDEX ON products USING gin (attributes jsonb_path_ops)'],
    },
    {
      name: 'things by label',
      sql: `SELECT sku FROM products WHERE labels && ARRAY['l3', 'l4']`,
      oracle: ['CREATE INDEX ON products USING gin (labels)'],
    },
    {
      name: 'a customer by mail',
      sql: `SELECT * FROM crm.customers WHERE upper(mail) = 'C7907@MAIL1.ORG'`,
      oracle: ['CREATE INDEX ON crm.customers (upper(mail))'],
    },
    {
      name: 'customers by beginning',
      sql: `SELECT id FROM crm.customers c WHERE c.mail LIKE 'c1234%'`,
      oracle: ['CREATE INDEX ON crm.customers (mail varchar_pattern_ops)'],
    },
    {
      name: 'important customers',
      sql: `SELECT id, mail FROM crm.customers WHERE is_vip AND country = 'DE'`,
      oracle: ['CREATE INDEX ON crm.customers (country) WHERE is_vip'],
    },
    {
      name: 'a reference',
      sql: `SELECT id FROM crm.customers WHERE profile->>'ref' = 'r123'`,
      oracle: [`CREATE INDEX ON crm.customers ((profile->>'ref'))`],
    },
    {
      name: 'work of a person',
      sql: `SELECT id, subject FROM crm.tickets WHERE "assignedTo" = 17 AND closed_at IS NULL ORDER BY priority DESC, opened_at LIMIT 20`,
      oracle: [`CREATE INDEX ON crm.tickets ("assignedTo") WHERE closed_at IS NULL`],
    },
    {
      name: 'open tickets',
      sql: `SELECT count(*) FROM crm.tickets WHERE closed_at IS NULL`,
      oracle: [`CREATE INDEX ON crm.tickets ("assignedTo") WHERE closed_at IS NULL`],
    },
    {
      name: 'tickets of vip customers',
      sql: `SELECT t.id FROM crm.tickets t WHERE t.customer_id IN (SELECT c.id FROM crm.customers c WHERE c.is_vip AND c.country = 'DE')`,
      oracle: [
        'CREATE INDEX ON crm.customers (country) WHERE is_vip',
        'CREATE INDEX ON crm.tickets (customer_id)',
      ],
    },
    {
      name: 'latest order of some',
      sql: `SELECT DISTINCT ON (customer_id) customer_id, id FROM orders WHERE customer_id IN (5, 6, 7, 8) ORDER BY customer_id, placed_at DESC`,
      oracle: ['CREATE INDEX ON orders (customer_id, placed_at)'],
    },
    {
      name: 'tickets or orders',
      sql: `SELECT id, opened_at FROM crm.tickets WHERE customer_id = 31 UNION ALL SELECT id, placed_at FROM orders WHERE customer_id = 31`,
      oracle: [
        'CREATE INDEX ON crm.tickets (customer_id)',
        'CREATE INDEX ON orders (customer_id, placed_at)',
      ],
    },
    { name: 'control: items of an order', sql: `SELECT * FROM order_items WHERE order_id = 55`, oracle: [] },
    {
      name: 'control: totals by state',
      sql: `SELECT state, sum(total) FROM orders GROUP BY state`,
      oracle: [],
    },
    {
      name: 'control: most customers',
      sql: `SELECT count(*) FROM crm.customers WHERE NOT is_vip`,
      oracle: [],
    },
    { name: 'control: any order', sql: `SELECT * FROM orders WHERE total >= 0 LIMIT 10`, oracle: [] },
    {
      name: 'control: sum of items',
      sql: `SELECT sku, sum(quantity) FROM order_items GROUP BY sku ORDER BY 2 DESC LIMIT 10`,
      oracle: [],
    },
  ],
};
