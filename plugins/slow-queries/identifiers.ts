/** An identifier as PostgreSQL reads it back, quoted only where it must be. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Reserved words that are likely names of columns and tables (postgresql.org/docs/current/sql-keywords-appendix.html). */
const reserved = new Set(
  `all analyse analyze and any array as asc both case cast check collate column constraint create current_date
   current_role current_time current_timestamp current_user default desc distinct do else end except false fetch for
   foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null
   offset on only or order placing primary references returning select session_user some symmetric table then to
   trailing true union unique user using variadic when where window with between bigint boolean char interval time
   timestamp values`.split(/\s+/),
);
