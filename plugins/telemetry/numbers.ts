/** A rate per second for people. */
export function rateText(perSecond: number): string {
  if (perSecond >= 100 || perSecond === 0) return String(Math.round(perSecond));
  return perSecond.toFixed(perSecond < 1 ? 2 : 1);
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`;
}
