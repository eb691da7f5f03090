/** Answers kept with one head; a plugin that asks with a new function each time is answered all the same. */
const mostAnswers = 16;

/** What was worked out from something that does not change, by the function that did it. */
export class DerivedAnswers<Source> {
  private readonly works: ((source: Source) => unknown)[] = [];
  private readonly answers: unknown[] = [];

  of<Value>(source: Source, work: (source: Source) => Value): Value {
    const at = this.works.indexOf(work);
    // Safe: it is what this very function answered.
    if (at >= 0) return this.answers[at] as Value;
    const answer = work(source);
    if (this.works.length < mostAnswers) {
      this.works.push(work);
      this.answers.push(answer);
    }
    return answer;
  }
}
