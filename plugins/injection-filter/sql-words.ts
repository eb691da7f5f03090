/** What a word can be in SQL: PostgreSQL first, with the dialects of MySQL, SQLite, SQL Server and Oracle. Bits, because one word plays several parts. */
export const Part = {
  /** Joins two conditions. */
  logic: 1,
  /** Compares, or joins two operands into one. */
  comparison: 2,
  /** Begins a statement. */
  statement: 4,
  /** Begins a clause of a statement that began earlier. */
  clause: 8,
  /** Stands for a value. */
  value: 16,
  /** Stands before an operand. */
  prefix: 32,
  /** A function that only an attack calls from a request: waits, reads files, leaks through errors. */
  attackFunction: 64,
  /** A function of the server. */
  commonFunction: 128,
} as const;

const lists: readonly (readonly [part: number, words: string])[] = [
  [Part.logic, 'and or xor'],
  [
    Part.comparison,
    'like rlike regexp ilike is in between similar sounds glob div mod collate escape overlaps member isnull notnull against',
  ],
  [
    Part.statement,
    `select insert update delete drop create alter truncate exec execute declare waitfor shutdown call merge replace
     grant revoke begin backup restore load copy handler vacuum attach pragma with rename kill do print set if while use
     show describe desc explain analyze lock unlock go bulk`,
  ],
  [
    Part.clause,
    `union intersect except minus where having group order limit offset procedure into by from as on join left right inner
     outer cross natural using values returning window fetch for asc when then else end limit rows only desc waitfor`,
  ],
  [
    Part.value,
    `null true false default current_user current_date current_time current_timestamp session_user system_user user
     utc_date utc_time utc_timestamp localtime localtimestamp rownum sysdate dual unknown`,
  ],
  [
    Part.prefix,
    'not binary distinct distinctrow all any some exists interval case unique row array top prior sql_no_cache',
  ],
  [
    Part.attackFunction,
    `sleep benchmark pg_sleep pg_sleep_for pg_sleep_until load_file extractvalue updatexml xmltype xp_cmdshell xp_dirtree
     xp_regread xp_fileexist sp_executesql sp_oacreate sp_password sp_makewebtask openrowset opendatasource openquery
     receive_message get_host_address utl_inaddr utl_http dbms_pipe dbms_lock dbms_xslprocessor dbms_java
     pg_read_file pg_ls_dir pg_read_binary_file lo_import lo_export dblink dblink_connect query_to_xml database_to_xml
     gtid_subset gtid_subtract geometrycollection multipoint polygon multipolygon linestring multilinestring st_latfromgeohash
     st_longfromgeohash st_pointfromgeohash name_const randomblob zeroblob load_extension regexp_substring crypt_key
     current_setting generate_series rdb rlike_substring procedure_analyse make_set elt fn_sqlvarbasetostr drithsx ctxsys
     convert_from get_lock is_free_lock release_lock is_srvrolemember unistr json_keys xmlforest httpuritype
     last_insert_rowid sqlite_version fts3_tokenizer row_count found_rows xmltable table_to_xml exp system_user is_member`,
  ],
  [
    Part.commonFunction,
    `char chr ascii ord hex unhex concat concat_ws group_concat string_agg substr substring mid left right length
     len char_length character_length version user database schema current_user session_user system_user count sum max
     min avg rand random floor ceil ceiling round abs md5 sha sha1 sha2 upper lower ucase lcase ltrim rtrim trim cast
     convert coalesce ifnull nullif isnull nvl nvl2 decode if iif case instr position locate lpad rpad repeat replace
     reverse bin conv to_char to_number to_date date now sysdate curdate curtime bit_length octet_length field find_in_set
     row greatest least quote pi sign sqrt power pow mod crc32 aes_encrypt compress soundex space stuff patindex
     charindex object_id object_name db_name db_id host_name suser_name user_name has_dbaccess nchar unicode typeof
     total likely unlikely likelihood glob hex printf strftime julianday json_extract json_array json_object uuid xmlagg
     array_agg array_to_string row_to_json to_json inet_server_addr current_database current_schema pg_backend_pid
     json_valid json_search json_type json_length json_contains json json_each json_quote json_set json_query jsonb_typeof
     sqlite_compileoption_used sqlite_compileoption_get sqlite_source_id changes total_changes overlay starts_with position
     sin cos tan cot asin acos atan atan2 degrees radians coercibility
     pg_user quote_literal quote_ident encode chr_ translate initcap sys_context userenv rawtohex values`,
  ],
];

/** Names of functions that only an attack calls. */
export const attackFunctions: readonly string[] = lists
  .filter(([part]) => part === Part.attackFunction)
  .flatMap(([, words]) => words.split(/\s+/));

const parts = new Map<string, number>();
for (const [part, words] of lists)
  for (const word of words.split(/\s+/)) parts.set(word, (parts.get(word) ?? 0) | part);

/** Every word that plays a part. */
export const knownWords: readonly string[] = [...parts.keys()];

/** The parts a word can play, 0 for an ordinary name; `word` in lower case. */
export function partsOf(word: string): number {
  return parts.get(word) ?? 0;
}

/** Every word that plays one of some parts. */
export function wordsOf(some: number): readonly string[] {
  return knownWords.filter((word) => (partsOf(word) & some) !== 0);
}
