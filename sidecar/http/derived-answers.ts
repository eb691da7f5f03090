/** Answers kept with one head; a plugin that asks with a new function each time is answered all the same. */
const mostAnswers = 16;

/** What was worked out from something that does not change, by the function that did it. */
export class DerivedAnswers<Source> {
  private readonly works: ((source: Source) => unknown)[] = [];
  private readonly answers: unknown[] = [];

  of<Value>(source: Source, work: (source: Source) => Value): Value {
    const { works } = this;
    // Safe: it is what this very function answered. A loop, since the call of `indexOf` would cost more than these few steps.
    for (let at = 0; at < works.length; at += 1) if (works[at] === work) return this.answers[at] as Value;
    const answer = work(source);
    if (works.length < mostAnswers) {
      works.push(work);
      this.answers.push(answer);
    }
    return answer;
  }
}
