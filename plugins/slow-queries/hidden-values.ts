/** True for what stands in place of a value that was redacted (`[redacted]`, `[redacted 9hG2xQ]`) or not decoded. */
export const isHidden = (value: string | null): boolean =>
  value !== null && (value.startsWith('[redacted') || value === '[binary]');
