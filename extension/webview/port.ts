import type { Answers, FromDashboard, Question, ShownProblem, ToDashboard } from '../dashboards/messages.ts';

/** The way to whoever owns the connection: the extension host, or the same page. */
export interface Port {
  post(message: FromDashboard): void;
  listen(call: (message: ToDashboard) => void): void;
}

/** Questions with answers over a port. */
export interface Asker {
  /** Rejects with a `Refused`. */
  ask<Q extends Question>(question: Q): Promise<Answers[Q['what']]>;
  /** Takes what is an answer; false for any other message. */
  receive(message: ToDashboard): boolean;
}

export class Refused extends Error {
  readonly problem: ShownProblem;

  constructor(problem: ShownProblem) {
    super(problem.message);
    this.name = 'Refused';
    this.problem = problem;
  }
}

/** The gateway computes at most eight past moments at a time, for everyone. */
const atOnce = 3;

export function asker(port: Pick<Port, 'post'>): Asker {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const queue: (() => void)[] = [];
  let underWay = 0;
  let lastId = 0;

  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        // Safe: each kind of question is answered with its own kind of answer (`Answers`).
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        queue.push(() => port.post({ kind: 'ask', id, question }));
        next();
      }),
    receive(message) {
      if (message.kind !== 'answer' && message.kind !== 'refusal') return false;
      const asked = waiting.get(message.id);
      if (asked === undefined) return true;
      waiting.delete(message.id);
      if (message.kind === 'answer') asked.resolve(message.result);
      else asked.reject(new Refused(message.problem));
      underWay -= 1;
      next();
      return true;
    },
  };

  function next() {
    if (underWay >= atOnce) return;
    const send = queue.shift();
    if (send === undefined) return;
    underWay += 1;
    send();
  }
}
