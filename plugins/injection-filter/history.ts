import { findUnsafeCode } from './code-safety.ts';
import { redacted } from './excerpt.ts';
import { suspicion } from './suspicion.ts';

/** An ordinary value that some rule might look at twice, redacted. */
export interface Sampled {
  readonly route: string;
  readonly field: string;
  readonly value: string;
}

/** Keeps a few values of traffic that passed, so that changed rules can be tried on them. */
export interface History {
  see(route: string, field: string, value: string): void;
  /** What was kept since it was asked last, and of how many values. */
  take(): { readonly values: readonly Sampled[]; readonly looked: number } | null;
}

/** Characters kept of one value, and values kept of one field at a time: the sample is to be of many fields. */
const longestKept = 512;
const mostOfField = 3;

/** Fields whose values are nobody's business. */
const secretField =
  /pass(?:word|wd|phrase)?$|secret|token|api_?-?key|auth|credential|session|cookie|otp|\bpin\b|cvv|card|iban|ssn/i;

/** `mostValues` at a time; 0 keeps nothing. Values no rule can match under any setting are only counted. */
export function createHistory(mostValues: number): History {
  let kept: Sampled[] = [];
  let perField = new Map<string, number>();
  let looked = 0;
  return {
    see(route, field, value) {
      looked += 1;
      if (kept.length >= mostValues || secretField.test(field)) return;
      const key = `${route} ${field}`;
      const ofField = perField.get(key) ?? 0;
      const look = value.slice(0, longestKept);
      if (ofField >= mostOfField || !mayMatch(look)) return;
      const sampled = { route, field, value: redacted(look) };
      if (kept.some((each) => each.value === sampled.value && each.field === field)) return;
      perField.set(key, ofField + 1);
      kept.push(sampled);
    },
    take() {
      if (kept.length === 0) return null;
      const taken = { values: kept, looked };
      kept = [];
      perField = new Map();
      looked = 0;
      return taken;
    },
  };
}

function mayMatch(value: string): boolean {
  return suspicion(value) !== 0 || findUnsafeCode(value) !== null;
}
