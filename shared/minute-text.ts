/** `2026-12-01 23:42 UTC` of an ISO 8601 moment in UTC, for people: nobody reads its seconds. */
export function minuteText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
