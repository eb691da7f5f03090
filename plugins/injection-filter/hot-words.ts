import { allCommands } from './shell-words.ts';
import { attackFunctions, knownWords, partsOf, Part } from './sql-words.ts';

/** Parts a word plays for the prefilter. Bits. */
export const Hot = {
  logic: 1,
  comparison: 2,
  statement: 4,
  clause: 8,
  /** Runs code or waits when a parenthesis follows. */
  sqlCall: 16,
  /** Calls or objects that scripts end in. */
  script: 32,
  command: 64,
  /** Runs a command line when a parenthesis follows. */
  execution: 128,
  select: 256,
  union: 512,
  rareSql: 1024,
  rareShell: 2048,
  caseWord: 8192,
  whenWord: 16384,
  climb: 32768,
  /** An object that scripts reach through: a dot, a bracket or an equals sign follows. */
  object: 65536,
  /** A URL scheme, or CSS that calls. */
  scheme: 131072,
  /** A function of the server. */
  callable: 262144,
  /** Any word that SQL knows: two others side by side are a sentence. */
  known: 524288,
  /** Not of a word but of one text: a number, or what begins with one. */
  number: 1048576,
  /** The same: a comparison behind a number or a mark. */
  afterValue: 2097152,
  /** Stands before an operand, as a sub-select is. */
  prefix: 4194304,
  /** What `if` asks in a batch file. */
  batchTest: 8388608,
} as const;

/** Words by a hash of 16 bits; two words in one slot only make the filter look once more. */
const slots = 1 << 16;
const hot = new Uint32Array(slots);
/** One bit a slot, since nearly every word has none and 8 KB stay in the processor's nearest cache. */
const taken = new Uint8Array(slots >> 3);

/** What a word, or another with the same length, beginning, end and middle, may be: `bytes` from `start` to `end`, in any case. */
export function hotBits(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const second = length > 1 ? 1 : 0;
  const third = length > 2 ? 2 : 0;
  const slot = slotOf(
    bytes[start] ?? 0,
    bytes[start + second] ?? 0,
    bytes[start + third] ?? 0,
    bytes[start + (length >> 1)] ?? 0,
    bytes[end - 1 - third] ?? 0,
    bytes[end - 1 - second] ?? 0,
    bytes[end - 1] ?? 0,
    length,
  );
  return ((taken[slot >> 3] ?? 0) & (1 << (slot & 7))) === 0 ? 0 : (hot[slot] ?? 0);
}

/** Characters by the five bits that are the same in either case, and a length. */
function slotOf(
  first: number,
  second: number,
  third: number,
  middle: number,
  thirdLast: number,
  secondLast: number,
  last: number,
  length: number,
): number {
  const head = (first & 31) | ((second & 31) << 5) | ((third & 31) << 10) | ((middle & 31) << 15);
  const tail = (last & 31) | ((secondLast & 31) << 5) | ((thirdLast & 31) << 10) | (length << 15);
  return (Math.imul(head, 0x9e3779b1) ^ Math.imul(tail, 0x85ebca6b)) >>> 16;
}

function mark(words: Iterable<string>, bits: number): void {
  for (const word of words) {
    const at = (index: number): number => word.charCodeAt(index);
    const { length } = word;
    const second = length > 1 ? 1 : 0;
    const third = length > 2 ? 2 : 0;
    const slot = slotOf(
      at(0),
      at(second),
      at(third),
      at(length >> 1),
      at(length - 1 - third),
      at(length - 1 - second),
      at(length - 1),
      length,
    );
    hot[slot] = (hot[slot] ?? 0) | bits;
    taken[slot >> 3] = (taken[slot >> 3] ?? 0) | (1 << (slot & 7));
  }
}

const split = (list: string): readonly string[] => list.trim().split(/\s+/);

// Words that are mostly English ones (`by`, `for`, `on`) are only known, or every sentence were worth a look.
const telling = split(
  `and or xor like rlike regexp ilike is in between similar sounds glob div mod collate isnull notnull overlaps match not exists
   select insert update delete drop create alter truncate exec execute declare waitfor shutdown call merge replace grant revoke begin
   backup bulk restore load copy handler vacuum attach pragma rename kill do print set if while desc go with
   union intersect except minus where having group order limit offset procedure into from as values returning`,
);
for (const word of telling) {
  const parts = partsOf(word);
  mark(
    [word],
    (parts & Part.logic ? Hot.logic : 0) |
      (parts & Part.comparison || word === 'not' || word === 'exists' ? Hot.comparison : 0) |
      (parts & Part.statement ? Hot.statement : 0) |
      (parts & Part.clause ? Hot.clause : 0),
  );
}
for (const word of knownWords) {
  const parts = partsOf(word);
  mark(
    [word],
    Hot.known |
      (parts & (Part.commonFunction | Part.attackFunction) ? Hot.callable : 0) |
      (parts & Part.prefix ? Hot.prefix : 0) |
      (word.includes('_') && parts & (Part.value | Part.attackFunction) ? Hot.rareSql : 0),
  );
}
mark(attackFunctions, Hot.sqlCall);
mark(['select'], Hot.select);
mark(['union', 'intersect', 'except', 'minus'], Hot.union);
mark(['case'], Hot.caseWord);
mark(['when'], Hot.whenWord);
mark(
  split('outfile dumpfile analyse waitfor pg_sleep benchmark extractvalue updatexml load_file xp_cmdshell'),
  Hot.rareSql,
);
mark(
  split(
    'alert prompt confirm eval execscript settimeout setinterval function importscripts msgbox atob expression url import fetch xmlhttprequest sendbeacon reflect print unescape',
  ),
  Hot.script,
);
mark(
  split(
    'alert prompt confirm eval document window self top parent globalthis this frames location onerror innerhtml outerhtml string fromcharcode call',
  ),
  Hot.object,
);
mark(split('exist defined errorlevel'), Hot.batchTest);
mark(split('behavior behaviour binding'), Hot.scheme);
mark(split('constructor __proto__ prototype $eval eval alert'), Hot.climb | Hot.object);
mark(
  split(
    '__class__ __mro__ __base__ __bases__ __subclasses__ __globals__ __builtins__ __init__ registerundefinedfiltercallback registerundefinedfunctioncallback filter map sort reduce',
  ),
  Hot.climb,
);
mark(allCommands, Hot.command);
mark(
  split(
    '__import__ check_output check_call getoutput system exec passthru shell_exec popen proc_open pcntl_exec eval assert subprocess run call output getruntime spawn execsync',
  ),
  Hot.execution,
);
mark(
  split(
    'ifs tcp udp nc ncat netcat powershell iex invoke webclient phpinfo dir bin passwd shadow ini hosts proxycommand oproxycommand opermitlocalcommand freemarker launcher compress checkpoint dde',
  ),
  Hot.rareShell,
);
