/**
 * ISO 8601 of moments that mostly lie close together: the second is written once and its milliseconds are put behind
 * it, a tenth of the cost of `toISOString`.
 */
export function isoTimes(): (ms: number) => string {
  // No second equals it, so the first moment is always written anew.
  let second = Number.NaN;
  let prefix = '';
  return (ms) => {
    const whole = Math.floor(ms);
    const at = Math.floor(whole / 1000);
    if (at !== second) {
      prefix = new Date(at * 1000).toISOString().slice(0, 20);
      second = at;
    }
    const rest = whole - at * 1000;
    return `${prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
  };
}
