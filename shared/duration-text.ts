/** A duration for people: three figures and a unit up to a minute, then two units. */
export function durationText(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A cell of a table that shows a duration and is sorted by it. */
export function durationCell(ms: number | null): { readonly text: string; readonly sortBy: number } {
  return { text: durationText(ms), sortBy: ms ?? 0 };
}
