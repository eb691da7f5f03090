import type { Headers } from '../../shared/index.ts';
import { DerivedAnswers } from './derived-answers.ts';
import { FieldKind } from './field-kind.ts';

/** Numbers kept for one field: where its name and value start and end in the text, and its kind. */
const perField = 5;

/**
 * The fields of a message as they came: one string and the places of its fields in it. Nothing is copied out
 * before somebody asks. The text runs from the first field line to the empty line, both included. Messages of one
 * connection with the same fields share one.
 */
export class Head implements Headers {
  readonly text: string;
  /** Five numbers a field: name start, name end, value start, value end, kind. */
  readonly places: readonly number[];
  /** The kinds among its fields, one bit each: most questions are about a kind that is not there. */
  private readonly kinds: number;
  private readonly derivedAnswers = new DerivedAnswers<Head>();

  constructor(text: string, places: readonly number[], kinds: number) {
    this.text = text;
    this.places = places;
    this.kinds = kinds;
  }

  get count(): number {
    return this.places.length / perField;
  }

  kindAt(index: number): number {
    return this.places[index * perField + 4] ?? FieldKind.ordinary;
  }

  nameAt(index: number): string {
    return this.text.slice(this.places[index * perField], this.places[index * perField + 1]);
  }

  valueAt(index: number): string {
    return this.text.slice(this.places[index * perField + 2], this.places[index * perField + 3]);
  }

  /** Where the line of a field starts; for an index past the last one, where the empty line does. */
  lineAt(index: number): number {
    return this.places[index * perField] ?? this.text.length - 2;
  }

  /** The index of the first field of a kind; -1 when there is none. */
  indexOf(kind: number): number {
    if (!this.has(kind)) return -1;
    for (let at = 4; at < this.places.length; at += perField) {
      if (this.places[at] === kind) return (at - 4) / perField;
    }
    return -1;
  }

  /** Every value of a kind joined with `, `; undefined when there is none. */
  valueOf(kind: number): string | undefined {
    if (!this.has(kind)) return undefined;
    let joined: string | undefined;
    for (let index = 0; index < this.count; index += 1) {
      if (this.kindAt(index) !== kind) continue;
      joined = joined === undefined ? this.valueAt(index) : `${joined}, ${this.valueAt(index)}`;
    }
    return joined;
  }

  get(name: string): string | undefined {
    let joined: string | undefined;
    const wanted = name.toLowerCase();
    for (let index = 0; index < this.count; index += 1) {
      if (!this.isNamed(index, wanted)) continue;
      joined = joined === undefined ? this.valueAt(index) : `${joined}, ${this.valueAt(index)}`;
    }
    return joined;
  }

  all(name: string): readonly string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    for (let index = 0; index < this.count; index += 1) {
      if (this.isNamed(index, wanted)) values.push(this.valueAt(index));
    }
    return values;
  }

  some(test: (name: string, value: string) => boolean): boolean {
    for (let index = 0; index < this.count; index += 1) {
      if (test(this.nameAt(index), this.valueAt(index))) return true;
    }
    return false;
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (let index = 0; index < this.count; index += 1) yield [this.nameAt(index), this.valueAt(index)];
  }

  derived<Value>(work: (head: Head) => Value): Value {
    return this.derivedAnswers.of(this, work);
  }

  private has(kind: number): boolean {
    return (this.kinds & (1 << kind)) !== 0;
  }

  /** Compares without making a string. */
  private isNamed(index: number, lowerName: string): boolean {
    const start = this.places[index * perField] ?? 0;
    const end = this.places[index * perField + 1] ?? 0;
    if (end - start !== lowerName.length) return false;
    for (let at = 0; at < lowerName.length; at += 1) {
      const code = this.text.charCodeAt(start + at);
      const lower = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
      if (lower !== lowerName.charCodeAt(at)) return false;
    }
    return true;
  }
}
