/** The UTC day and month of a moment. */
export interface Period {
  readonly day: string;
  readonly month: string;
  readonly dayStartsMs: number;
  readonly dayEndsMs: number;
  readonly monthEndsMs: number;
}

/** Worked out once a day: it is asked for with each request. */
export function periods(): (nowMs: number) => Period {
  let last: Period | null = null;
  return (nowMs) => {
    if (last !== null && nowMs >= last.dayStartsMs && nowMs < last.dayEndsMs) return last;
    const now = new Date(nowMs);
    const [year, month, date] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
    last = {
      day: now.toISOString().slice(0, 10),
      month: now.toISOString().slice(0, 7),
      dayStartsMs: Date.UTC(year, month, date),
      dayEndsMs: Date.UTC(year, month, date + 1),
      monthEndsMs: Date.UTC(year, month + 1, 1),
    };
    return last;
  };
}
