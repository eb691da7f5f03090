const storedAs = 'outrider-token';
const refusedAs = 'outrider-token-refused';

/** The token in the address (`#token=…`), else the one kept for this tab. */
export function readToken(
  address: { readonly hash: string },
  kept: Pick<Storage, 'getItem'>,
): { readonly token: string | null; readonly isInAddress: boolean } {
  const inAddress = new URLSearchParams(address.hash.slice(1)).get('token');
  if (inAddress) return { token: inAddress, isInAddress: true };
  return { token: kept.getItem(storedAs), isInAddress: false };
}

/** For this tab only: another tab, or the next day, asks again. */
export function rememberToken(kept: Pick<Storage, 'setItem'>, token: string): void {
  kept.setItem(storedAs, token);
}

/** The gateway did not take it; `refusal` says why, once. */
export function forgetToken(kept: Pick<Storage, 'removeItem' | 'setItem'>, refusal: string): void {
  kept.removeItem(storedAs);
  kept.setItem(refusedAs, refusal);
}

/** Why the token before was not taken; null when it was, or when this was told already. */
export function lastRefusal(kept: Pick<Storage, 'getItem' | 'removeItem'>): string | null {
  const refusal = kept.getItem(refusedAs);
  kept.removeItem(refusedAs);
  return refusal;
}
