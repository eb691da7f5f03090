import type { Executions } from './executions.ts';
import type { Orm } from './orm.ts';

/** What was repeated: a look-up by key, a list by foreign key, a count, a check, or a write. */
export type Need = 'one' | 'many' | 'count' | 'exists' | 'insert' | 'update' | 'delete';

type Words = Readonly<Record<Need, string>>;

/** How each tool asks for all at once, in its own words. */
const words: Readonly<Record<Orm, Words>> = {
  SQLAlchemy: {
    one: '`.options(joinedload(Parent.child))`, or `selectinload` where many parents share a child.',
    many: '`.options(selectinload(Parent.children))` on the query of the parents.',
    count:
      '`select(Child.parent_id, func.count()).where(Child.parent_id.in_(ids)).group_by(Child.parent_id)`, or a `column_property`.',
    exists:
      '`select(Parent, exists().where(Child.parent_id == Parent.id))`, so that the parents bring the answer.',
    insert: '`session.add_all(rows)` and one `flush`, or `session.execute(insert(Model), rows)`.',
    update:
      '`session.execute(update(Model).where(Model.id.in_(ids)).values(…))`, or `session.bulk_update_mappings` for differing values.',
    delete: '`session.execute(delete(Model).where(Model.id.in_(ids)))`.',
  },
  Django: {
    one: '`select_related("…")` on the queryset of the parents, or `in_bulk(ids)`.',
    many: '`prefetch_related("…")` on the queryset of the parents; `Prefetch` with a queryset of its own to filter or sort.',
    count: '`annotate(n=Count("…"))` on the queryset of the parents.',
    exists:
      '`annotate(has=Exists(Child.objects.filter(parent=OuterRef("pk"))))` on the queryset of the parents.',
    insert: '`Model.objects.bulk_create(objects, batch_size=500)`.',
    update: '`queryset.update(…)` where one value fits all, else `bulk_update(objects, [fields])`.',
    delete: '`Model.objects.filter(pk__in=ids).delete()`.',
  },
  TypeORM: {
    one: '`find({ relations: { … } })` or `leftJoinAndSelect` for the parents, or `findBy({ id: In(ids) })`.',
    many: '`find({ relations: { … } })` for the parents (`relationLoadStrategy: "query"` for long lists).',
    count: '`loadRelationCountAndMap` on the query of the parents, or one query with `groupBy`.',
    exists: '`loadRelationCountAndMap`, or a sub-query with `EXISTS` in the query of the parents.',
    insert: '`repository.insert(rows)` or `save(rows, { chunk: 500 })` with the whole array.',
    update:
      '`createQueryBuilder().update().set(…).whereInIds(ids)`, or `upsert(rows, ["id"])` for differing values.',
    delete: '`repository.delete(ids)` with the whole array; `remove(entities)` reads each first.',
  },
  Prisma: {
    one: '`include: { … }` (or `select`) in the `findMany` of the parents, or `findMany({ where: { id: { in: ids } } })`.',
    many: '`include: { … }` in the `findMany` of the parents; `relationLoadStrategy: "join"` makes it one statement.',
    count: '`include: { _count: { select: { … } } }` in the `findMany` of the parents, or `groupBy`.',
    exists: '`include: { _count: … }`, or a `some` filter on the parents.',
    insert: '`createMany({ data: rows })`, or `createManyAndReturn`.',
    update: '`updateMany({ where: { id: { in: ids } }, data })` where one value fits all.',
    delete: '`deleteMany({ where: { id: { in: ids } } })`.',
  },
  Sequelize: {
    one: '`include: [Model]` in the `findAll` of the parents.',
    many: '`include: [{ model: Model, separate: true }]` in the `findAll` of the parents.',
    count: '`findAll({ attributes: [key, [fn("COUNT", "*"), "n"]], where: { key: ids }, group: [key] })`.',
    exists:
      '`include: [{ model: Model, required: false, attributes: ["id"] }]` in the `findAll` of the parents.',
    insert: '`Model.bulkCreate(rows)`.',
    update:
      '`Model.update(values, { where: { id: ids } })`, or `bulkCreate(rows, { updateOnDuplicate: […] })` for differing values.',
    delete: '`Model.destroy({ where: { id: ids } })`.',
  },
  'Active Record': {
    one: '`includes(:…)` on the relation of the parents.',
    many: '`includes(:…)` or `preload(:…)` on the relation of the parents.',
    count: 'a `counter_cache`, or `Child.where(parent_id: ids).group(:parent_id).count`.',
    exists: '`Child.where(parent_id: ids).distinct.pluck(:parent_id)`.',
    insert: '`Model.insert_all(rows)` (without validations and callbacks).',
    update: '`relation.update_all(…)` where one value fits all, else `upsert_all(rows)`.',
    delete: '`relation.delete_all` (without callbacks).',
  },
  Peewee: {
    one: '`Parent.select(Parent, Child).join(Child)`.',
    many: '`prefetch(parents, children)`.',
    count: '`Parent.select(Parent, fn.COUNT(Child.id)).join(Child, JOIN.LEFT_OUTER).group_by(Parent)`.',
    exists: '`Child.select(Child.parent).where(Child.parent.in_(ids)).distinct()`.',
    insert: '`Model.insert_many(rows).execute()`.',
    update: '`Model.update(…).where(Model.id.in_(ids))`, or `Model.bulk_update(objects, [fields])`.',
    delete: '`Model.delete().where(Model.id.in_(ids))`.',
  },
  Drizzle: {
    one: '`db.query.parents.findMany({ with: { … } })`, or `inArray(table.id, ids)`.',
    many: '`db.query.parents.findMany({ with: { … } })`, or `inArray(table.parentId, ids)`.',
    count: '`select({ key, n: count() }).where(inArray(key, ids)).groupBy(key)`.',
    exists: '`selectDistinct({ key }).where(inArray(key, ids))`.',
    insert: '`insert(table).values(rows)` with the whole array.',
    update: '`update(table).set(…).where(inArray(table.id, ids))`.',
    delete: '`delete(table).where(inArray(table.id, ids))`.',
  },
  'Knex or Kysely': {
    one: '`whereIn("id", ids)` (Kysely: `where("id", "in", ids)`); in Objection `withGraphFetched("…")` on the query of the parents.',
    many: '`whereIn("parent_id", ids)` (Kysely: `where("parent_id", "in", ids)`, or `jsonArrayFrom`); in Objection `withGraphFetched("…")` on the query of the parents.',
    count:
      '`whereIn(key, ids).groupBy(key).select(key).count()` (Kysely: `where(key, "in", ids).groupBy(key)`).',
    exists: '`whereIn(key, ids).distinct(key)` (Kysely: `where(key, "in", ids).distinct()`).',
    insert:
      '`insert(rows)` (Kysely: `values(rows)`) with the whole array, or `batchInsert(table, rows, 500)`.',
    update: '`whereIn("id", ids).update(…)` (Kysely: `where("id", "in", ids)`) where one value fits all.',
    delete: '`whereIn("id", ids).del()` (Kysely: `where("id", "in", ids)`).',
  },
  'plain SQL': {
    one: '`= ANY($1)` with all keys, or a join; in a GraphQL resolver put a DataLoader in between.',
    many: '`= ANY($1)` with all keys, or a join; in a GraphQL resolver put a DataLoader in between.',
    count: '`= ANY($1)` with all keys and `GROUP BY`.',
    exists: '`SELECT DISTINCT key … = ANY($1)` with all keys.',
    insert: '`INSERT … SELECT * FROM unnest($1::int[], $2::text[])`, or `VALUES` with many rows.',
    update:
      '`UPDATE … = ANY($1)` where one value fits all, else `UPDATE … FROM unnest($1::int[], $2::text[])`.',
    delete: '`DELETE … = ANY($1)` with all keys.',
  },
};

/** What to do about a repetition, e.g. "Ask for `teams` together with `agents`: `select_related("…")` …". */
export function fixFor(orm: Orm, executions: Executions, parentTable: string | undefined): string {
  const need = needOf(executions);
  const { reads, writes } = executions.first;
  const table = writes[0] ?? reads[0];
  const named = table === undefined ? 'the rows' : `\`${table}\``;
  const does: Readonly<Record<Need, string>> = {
    one: `Ask for ${named}${parentTable ? ` together with \`${parentTable}\`` : ' once for all keys'}`,
    many: `Ask for ${named}${parentTable ? ` together with \`${parentTable}\`` : ' once for all keys'}`,
    count: `Count ${named} once for all keys`,
    exists: `Ask once for which keys there are ${named}`,
    insert: `Insert into ${named} once with all rows`,
    update: `Update ${named} once for all keys`,
    delete: `Delete from ${named} once for all keys`,
  };
  return `${does[need]}: ${words[orm][need]}`;
}

/** What is asked for or written, by the text of the statement. */
export function needOf({ first, slots, keys, isWrite, isInsert }: Executions): Need {
  if (isInsert) return 'insert';
  const text = first.text.replace(/\/\*[\s\S]*?\*\//g, '').trim();
  if (isWrite) return /^(?:with\b[\s\S]*\b)?delete\b/i.test(text) ? 'delete' : 'update';
  if (/^select\s+(?:count|sum)\s*\(/i.test(text)) return 'count';
  if (/^select\s+(?:exists\b|\(?1\)?\s)/i.test(text)) return 'exists';
  const column = slots[0]?.[keys[0] ?? -1]?.column.replaceAll('"', '').split('.').at(-1) ?? '';
  return /_id$|[a-z]Id$/.test(column) ? 'many' : 'one';
}
