/** A duration for people: three figures and a unit. */
export function durationText(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** A rate per second for people. */
export function rateText(perSecond: number): string {
  if (perSecond >= 100 || perSecond === 0) return String(Math.round(perSecond));
  return perSecond.toFixed(perSecond < 1 ? 2 : 1);
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`;
}
