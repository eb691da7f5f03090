const storedAs = 'outrider-token';

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

export function forgetToken(kept: Pick<Storage, 'removeItem'>): void {
  kept.removeItem(storedAs);
}
