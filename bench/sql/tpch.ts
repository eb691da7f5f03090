import type { IndexQuery, IndexWorkload } from './case.ts';

const scale = 0.05;
const rows = {
  part: 200_000 * scale,
  supplier: 10_000 * scale,
  customer: 150_000 * scale,
  orders: 1_500_000 * scale,
};

/** One of a list of words, by the row's number and a salt for the column. */
const oneOf = (n: string, salt: number, words: readonly string[]): string =>
  `(ARRAY[${words.map((each) => `'${each}'`).join(',')}])[rnd(${n}, ${salt}, 1, ${words.length})]`;

const colours =
  'almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished chartreuse chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest frosted gainsboro ghost goldenrod green grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen magenta maroon medium metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach peru pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke snow spring steel tan thistle tomato turquoise violet wheat white yellow'.split(
    ' ',
  );
const nations =
  'ALGERIA:0 ARGENTINA:1 BRAZIL:1 CANADA:1 EGYPT:4 ETHIOPIA:0 FRANCE:3 GERMANY:3 INDIA:2 INDONESIA:2 IRAN:4 IRAQ:4 JAPAN:2 JORDAN:4 KENYA:0 MOROCCO:0 MOZAMBIQUE:0 PERU:1 CHINA:2 ROMANIA:3 SAUDI_ARABIA:4 VIETNAM:2 RUSSIA:3 UNITED_KINGDOM:3 UNITED_STATES:1'.split(
    ' ',
  );

const setup: readonly string[] = [
  `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
  // The same numbers each time; a salt for each column.
  `CREATE FUNCTION rnd(n bigint, salt int, low int, high int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT low + ((hashint8extended(n, salt) & 9223372036854775807) % (high - low + 1))::int'`,
  `CREATE TABLE region (r_regionkey int PRIMARY KEY, r_name char(25) NOT NULL, r_comment varchar(152))`,
  `CREATE TABLE nation (n_nationkey int PRIMARY KEY, n_name char(25) NOT NULL, n_regionkey int NOT NULL, n_comment varchar(152))`,
  `CREATE TABLE part (p_partkey int PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL, p_size int NOT NULL, p_container char(10) NOT NULL, p_retailprice numeric(15,2) NOT NULL, p_comment varchar(23) NOT NULL)`,
  `CREATE TABLE supplier (s_suppkey int PRIMARY KEY, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL, s_nationkey int NOT NULL, s_phone char(15) NOT NULL, s_acctbal numeric(15,2) NOT NULL, s_comment varchar(101) NOT NULL)`,
  `CREATE TABLE partsupp (ps_partkey int NOT NULL, ps_suppkey int NOT NULL, ps_availqty int NOT NULL, ps_supplycost numeric(15,2) NOT NULL, ps_comment varchar(199) NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey))`,
  `CREATE TABLE customer (c_custkey int PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL, c_nationkey int NOT NULL, c_phone char(15) NOT NULL, c_acctbal numeric(15,2) NOT NULL, c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL)`,
  `CREATE TABLE orders (o_orderkey bigint PRIMARY KEY, o_custkey int NOT NULL, o_orderstatus char(1) NOT NULL, o_totalprice numeric(15,2) NOT NULL, o_orderdate date NOT NULL, o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL, o_shippriority int NOT NULL, o_comment varchar(79) NOT NULL)`,
  `CREATE TABLE lineitem (l_orderkey bigint NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL, l_linenumber int NOT NULL, l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL, l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber))`,
  `INSERT INTO region SELECT n, (ARRAY['AFRICA','AMERICA','ASIA','EUROPE','MIDDLE EAST'])[n + 1], 'a region' FROM generate_series(0, 4) n`,
  `INSERT INTO nation VALUES ${nations.map((each, n) => `(${n}, '${each.split(':')[0]?.replace('_', ' ')}', ${each.split(':')[1]}, 'a nation')`).join(', ')}`,
  `INSERT INTO part SELECT n, concat_ws(' ', ${[1, 2, 3, 4, 5].map((salt) => oneOf('n', salt, colours)).join(', ')}), 'Manufacturer#' || rnd(n, 6, 1, 5), 'Brand#' || rnd(n, 6, 1, 5) || rnd(n, 7, 1, 5),
    ${oneOf('n', 8, ['STANDARD', 'SMALL', 'MEDIUM', 'LARGE', 'ECONOMY', 'PROMO'])} || ' ' || ${oneOf('n', 9, ['ANODIZED', 'BURNISHED', 'PLATED', 'POLISHED', 'BRUSHED'])} || ' ' || ${oneOf('n', 10, ['TIN', 'NICKEL', 'BRASS', 'STEEL', 'COPPER'])},
    rnd(n, 11, 1, 50), ${oneOf('n', 12, ['SM', 'LG', 'MED', 'JUMBO', 'WRAP'])} || ' ' || ${oneOf('n', 13, ['CASE', 'BOX', 'BAG', 'JAR', 'PKG', 'PACK', 'CAN', 'DRUM'])},
    (90000 + (n / 10) % 20001 + 100 * (n % 1000)) / 100.0, 'a part' FROM generate_series(1, ${rows.part}) n`,
  `INSERT INTO supplier SELECT n, 'Supplier#' || lpad(n::text, 9, '0'), left(md5('s' || n), rnd(n, 20, 10, 32)), rnd(n, 21, 0, 24), (10 + rnd(n, 21, 0, 24)) || '-' || rnd(n, 22, 100, 999) || '-' || rnd(n, 23, 100, 999) || '-' || rnd(n, 24, 1000, 9999),
    rnd(n, 25, -99999, 999999) / 100.0, 'a supplier of ' || md5('c' || n) || CASE WHEN n % 2000 = 7 THEN ' Customer or Complaints' ELSE '' END FROM generate_series(1, ${rows.supplier}) n`,
  `INSERT INTO partsupp SELECT p, 1 + (p + i * (${rows.supplier} / 4 + (p - 1) / ${rows.supplier})) % ${rows.supplier}, rnd(p * 4 + i, 30, 1, 9999), rnd(p * 4 + i, 31, 100, 100000) / 100.0, repeat('what is supplied ', rnd(p * 4 + i, 32, 3, 11)) FROM generate_series(1, ${rows.part}) p, generate_series(0, 3) i`,
  `INSERT INTO customer SELECT n, 'Customer#' || lpad(n::text, 9, '0'), left(md5('a' || n), rnd(n, 40, 10, 32)), rnd(n, 41, 0, 24), (10 + rnd(n, 41, 0, 24)) || '-' || rnd(n, 42, 100, 999) || '-' || rnd(n, 43, 100, 999) || '-' || rnd(n, 44, 1000, 9999),
    rnd(n, 45, -99999, 999999) / 100.0, ${oneOf('n', 46, ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'MACHINERY', 'HOUSEHOLD'])}, repeat('a customer ', rnd(n, 47, 3, 10)) FROM generate_series(1, ${rows.customer}) n`,
  // Order keys are sparse: 8 of each 32. A third of the customers orders nothing.
  `CREATE UNLOGGED TABLE drafts AS SELECT (n / 8) * 32 + n % 8 AS key, c + CASE WHEN c % 3 = 0 THEN 1 ELSE 0 END AS customer, date '1992-01-01' + rnd(n, 51, 0, 2405) AS day, rnd(n, 52, 1, 7) AS lines
    FROM generate_series(1, ${rows.orders}) n CROSS JOIN LATERAL (SELECT rnd(n, 50, 1, ${rows.customer - 1}) AS c) chosen`,
  `INSERT INTO lineitem SELECT key, part, 1 + (part + rnd(key * 8 + i, 61, 0, 3) * (${rows.supplier} / 4 + (part - 1) / ${rows.supplier})) % ${rows.supplier}, i, quantity, quantity * (90000 + (part / 10) % 20001 + 100 * (part % 1000)) / 100.0, rnd(key * 8 + i, 62, 0, 10) / 100.0, rnd(key * 8 + i, 63, 0, 8) / 100.0,
      CASE WHEN shipped + later <= date '1995-06-17' THEN (ARRAY['R','A'])[rnd(key * 8 + i, 64, 1, 2)] ELSE 'N' END, CASE WHEN shipped > date '1995-06-17' THEN 'O' ELSE 'F' END, shipped, day + rnd(key * 8 + i, 65, 30, 90), shipped + later,
      ${oneOf('key * 8 + i', 66, ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'])}, ${oneOf('key * 8 + i', 67, ['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'])}, repeat('a line ', rnd(key * 8 + i, 68, 1, 6))
    FROM drafts CROSS JOIN LATERAL generate_series(1, lines) i
    CROSS JOIN LATERAL (SELECT rnd(key * 8 + i, 60, 1, ${rows.part}) AS part, rnd(key * 8 + i, 69, 1, 50) AS quantity, day + rnd(key * 8 + i, 70, 1, 121) AS shipped, rnd(key * 8 + i, 71, 1, 30) AS later) drawn`,
  `INSERT INTO orders SELECT key, customer, total.status, total.price, day, ${oneOf('key', 53, ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'])}, 'Clerk#' || lpad(rnd(key, 54, 1, ${Math.max(1, 1000 * scale)})::text, 9, '0'), 0,
      CASE WHEN rnd(key, 55, 1, 100) = 1 THEN 'these special deposit requests' ELSE repeat('an order ', rnd(key, 56, 2, 8)) END
    FROM drafts JOIN (SELECT l_orderkey, CASE WHEN bool_and(l_linestatus = 'F') THEN 'F' WHEN bool_and(l_linestatus = 'O') THEN 'O' ELSE 'P' END AS status, sum(l_extendedprice * (1 + l_tax) * (1 - l_discount)) AS price FROM lineitem GROUP BY 1) total ON l_orderkey = key`,
  `DROP TABLE drafts`,
];

const queries: readonly IndexQuery[] = [
  {
    name: 'Q1',
    sql: `SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), sum(l_extendedprice * (1 - l_discount)), sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*) FROM lineitem WHERE l_shipdate <= date '1998-12-01' - interval '90 days' GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
    oracle: [],
  },
  {
    name: 'Q2',
    sql: `SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, partsupp, nation, region WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 15 AND p_type LIKE '%BRASS' AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE' AND ps_supplycost = (SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE') ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 100`,
    oracle: ['CREATE INDEX ON partsupp (ps_partkey, ps_supplycost, ps_suppkey)'],
  },
  {
    name: 'Q3',
    sql: `SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority FROM customer, orders, lineitem WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate < date '1995-03-15' AND l_shipdate > date '1995-03-15' GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10`,
    oracle: [],
  },
  {
    name: 'Q4',
    sql: `SELECT o_orderpriority, count(*) FROM orders WHERE o_orderdate >= date '1993-07-01' AND o_orderdate < date '1993-07-01' + interval '3 months' AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate) GROUP BY o_orderpriority ORDER BY o_orderpriority`,
    oracle: [],
  },
  {
    name: 'Q5',
    sql: `SELECT n_name, sum(l_extendedprice * (1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier, nation, region WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'ASIA' AND o_orderdate >= date '1994-01-01' AND o_orderdate < date '1994-01-01' + interval '1 year' GROUP BY n_name ORDER BY revenue DESC`,
    oracle: [],
  },
  {
    name: 'Q6',
    sql: `SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1994-01-01' + interval '1 year' AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24`,
    oracle: ['CREATE INDEX ON lineitem (l_shipdate, l_discount, l_quantity) INCLUDE (l_extendedprice)'],
  },
  {
    name: 'Q7',
    sql: `SELECT supp_nation, cust_nation, l_year, sum(volume) FROM (SELECT n1.n_name AS supp_nation, n2.n_name AS cust_nation, extract(year FROM l_shipdate) AS l_year, l_extendedprice * (1 - l_discount) AS volume FROM supplier, lineitem, orders, customer, nation n1, nation n2 WHERE s_suppkey = l_suppkey AND o_orderkey = l_orderkey AND c_custkey = o_custkey AND s_nationkey = n1.n_nationkey AND c_nationkey = n2.n_nationkey AND ((n1.n_name = 'FRANCE' AND n2.n_name = 'GERMANY') OR (n1.n_name = 'GERMANY' AND n2.n_name = 'FRANCE')) AND l_shipdate BETWEEN date '1995-01-01' AND date '1996-12-31') AS shipping GROUP BY supp_nation, cust_nation, l_year ORDER BY supp_nation, cust_nation, l_year`,
    oracle: ['CREATE INDEX ON lineitem (l_suppkey, l_shipdate)'],
  },
  {
    name: 'Q8',
    sql: `SELECT o_year, sum(CASE WHEN nation = 'BRAZIL' THEN volume ELSE 0 END) / sum(volume) FROM (SELECT extract(year FROM o_orderdate) AS o_year, l_extendedprice * (1 - l_discount) AS volume, n2.n_name AS nation FROM part, supplier, lineitem, orders, customer, nation n1, nation n2, region WHERE p_partkey = l_partkey AND s_suppkey = l_suppkey AND l_orderkey = o_orderkey AND o_custkey = c_custkey AND c_nationkey = n1.n_nationkey AND n1.n_regionkey = r_regionkey AND r_name = 'AMERICA' AND s_nationkey = n2.n_nationkey AND o_orderdate BETWEEN date '1995-01-01' AND date '1996-12-31' AND p_type = 'ECONOMY ANODIZED STEEL') AS all_nations GROUP BY o_year ORDER BY o_year`,
    oracle: ['CREATE INDEX ON lineitem (l_partkey, l_suppkey)', 'CREATE INDEX ON part (p_type)'],
  },
  {
    name: 'Q9',
    sql: `SELECT nation, o_year, sum(amount) FROM (SELECT n_name AS nation, extract(year FROM o_orderdate) AS o_year, l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity AS amount FROM part, supplier, lineitem, partsupp, orders, nation WHERE s_suppkey = l_suppkey AND ps_suppkey = l_suppkey AND ps_partkey = l_partkey AND p_partkey = l_partkey AND o_orderkey = l_orderkey AND s_nationkey = n_nationkey AND p_name LIKE '%green%') AS profit GROUP BY nation, o_year ORDER BY nation, o_year DESC`,
    oracle: [],
  },
  {
    name: 'Q10',
    sql: `SELECT c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) AS revenue, c_acctbal, n_name, c_address, c_phone, c_comment FROM customer, orders, lineitem, nation WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND o_orderdate >= date '1993-10-01' AND o_orderdate < date '1993-10-01' + interval '3 months' AND l_returnflag = 'R' AND c_nationkey = n_nationkey GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment ORDER BY revenue DESC LIMIT 20`,
    oracle: [],
  },
  {
    name: 'Q11',
    sql: `SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = 'GERMANY' GROUP BY ps_partkey HAVING sum(ps_supplycost * ps_availqty) > (SELECT sum(ps_supplycost * ps_availqty) * 0.0001 FROM partsupp, supplier, nation WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = 'GERMANY') ORDER BY value DESC`,
    oracle: ['CREATE INDEX ON partsupp (ps_suppkey)'],
  },
  {
    name: 'Q12',
    sql: `SELECT l_shipmode, sum(CASE WHEN o_orderpriority = '1-URGENT' OR o_orderpriority = '2-HIGH' THEN 1 ELSE 0 END), sum(CASE WHEN o_orderpriority <> '1-URGENT' AND o_orderpriority <> '2-HIGH' THEN 1 ELSE 0 END) FROM orders, lineitem WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate AND l_receiptdate >= date '1994-01-01' AND l_receiptdate < date '1994-01-01' + interval '1 year' GROUP BY l_shipmode ORDER BY l_shipmode`,
    oracle: ['CREATE INDEX ON lineitem (l_shipmode, l_receiptdate)'],
  },
  {
    name: 'Q13',
    sql: `SELECT c_count, count(*) AS custdist FROM (SELECT c_custkey, count(o_orderkey) FROM customer LEFT OUTER JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%' GROUP BY c_custkey) AS c_orders (c_custkey, c_count) GROUP BY c_count ORDER BY custdist DESC, c_count DESC`,
    oracle: [],
  },
  {
    name: 'Q14',
    sql: `SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN l_extendedprice * (1 - l_discount) ELSE 0 END) / sum(l_extendedprice * (1 - l_discount)) FROM lineitem, part WHERE l_partkey = p_partkey AND l_shipdate >= date '1995-09-01' AND l_shipdate < date '1995-09-01' + interval '1 month'`,
    oracle: ['CREATE INDEX ON lineitem (l_shipdate)'],
  },
  {
    name: 'Q15',
    sql: `WITH revenue AS (SELECT l_suppkey AS supplier_no, sum(l_extendedprice * (1 - l_discount)) AS total_revenue FROM lineitem WHERE l_shipdate >= date '1996-01-01' AND l_shipdate < date '1996-01-01' + interval '3 months' GROUP BY l_suppkey) SELECT s_suppkey, s_name, s_address, s_phone, total_revenue FROM supplier, revenue WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue) ORDER BY s_suppkey`,
    oracle: ['CREATE INDEX ON lineitem (l_shipdate)'],
  },
  {
    name: 'Q16',
    sql: `SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part WHERE p_partkey = ps_partkey AND p_brand <> 'Brand#45' AND p_type NOT LIKE 'MEDIUM POLISHED%' AND p_size IN (49, 14, 23, 45, 19, 3, 36, 9) AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Customer%Complaints%') GROUP BY p_brand, p_type, p_size ORDER BY supplier_cnt DESC, p_brand, p_type, p_size`,
    oracle: [],
  },
  {
    name: 'Q17',
    sql: `SELECT sum(l_extendedprice) / 7.0 FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand = 'Brand#23' AND p_container = 'MED BOX' AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem WHERE l_partkey = p_partkey)`,
    oracle: ['CREATE INDEX ON lineitem (l_partkey, l_suppkey)'],
  },
  {
    name: 'Q18',
    sql: `SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, lineitem WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300) AND c_custkey = o_custkey AND o_orderkey = l_orderkey GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate LIMIT 100`,
    oracle: [],
  },
  {
    name: 'Q19',
    sql: `SELECT sum(l_extendedprice * (1 - l_discount)) FROM lineitem, part WHERE (p_partkey = l_partkey AND p_brand = 'Brand#12' AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') AND l_quantity >= 1 AND l_quantity <= 11 AND p_size BETWEEN 1 AND 5 AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON') OR (p_partkey = l_partkey AND p_brand = 'Brand#23' AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') AND l_quantity >= 10 AND l_quantity <= 20 AND p_size BETWEEN 1 AND 10 AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON') OR (p_partkey = l_partkey AND p_brand = 'Brand#34' AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') AND l_quantity >= 20 AND l_quantity <= 30 AND p_size BETWEEN 1 AND 15 AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON')`,
    oracle: ['CREATE INDEX ON lineitem (l_partkey, l_suppkey)'],
  },
  {
    name: 'Q20',
    sql: `SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN (SELECT ps_suppkey FROM partsupp WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'forest%') AND ps_availqty > (SELECT 0.5 * sum(l_quantity) FROM lineitem WHERE l_partkey = ps_partkey AND l_suppkey = ps_suppkey AND l_shipdate >= date '1994-01-01' AND l_shipdate < date '1994-01-01' + interval '1 year')) AND s_nationkey = n_nationkey AND n_name = 'CANADA' ORDER BY s_name`,
    oracle: ['CREATE INDEX ON lineitem (l_partkey, l_suppkey)'],
  },
  {
    name: 'Q21',
    sql: `SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey AND o_orderkey = l1.l_orderkey AND o_orderstatus = 'F' AND l1.l_receiptdate > l1.l_commitdate AND EXISTS (SELECT * FROM lineitem l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey) AND NOT EXISTS (SELECT * FROM lineitem l3 WHERE l3.l_orderkey = l1.l_orderkey AND l3.l_suppkey <> l1.l_suppkey AND l3.l_receiptdate > l3.l_commitdate) AND s_nationkey = n_nationkey AND n_name = 'SAUDI ARABIA' GROUP BY s_name ORDER BY numwait DESC, s_name LIMIT 100`,
    oracle: [],
  },
  {
    name: 'Q22',
    sql: `SELECT cntrycode, count(*), sum(c_acctbal) FROM (SELECT substring(c_phone FROM 1 FOR 2) AS cntrycode, c_acctbal FROM customer WHERE substring(c_phone FROM 1 FOR 2) IN ('13', '31', '23', '29', '30', '18', '17') AND c_acctbal > (SELECT avg(c_acctbal) FROM customer WHERE c_acctbal > 0.00 AND substring(c_phone FROM 1 FOR 2) IN ('13', '31', '23', '29', '30', '18', '17')) AND NOT EXISTS (SELECT * FROM orders WHERE o_custkey = c_custkey)) AS custsale GROUP BY cntrycode ORDER BY cntrycode`,
    oracle: ['CREATE INDEX ON orders (o_custkey)'],
  },
];

export const tpch: IndexWorkload = { name: 'TPC-H', setup, queries };
