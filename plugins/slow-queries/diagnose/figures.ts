/** `1,234,567`, whatever the machine's language. */
export function countText(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const megabytes = bytes / 1024 / 1024;
  if (megabytes < 1) return `${Math.round(bytes / 1024)} kB`;
  return megabytes < 1024
    ? `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`
    : `${(megabytes / 1024).toFixed(1)} GB`;
}

export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
