import { GatewayProblem } from '../gateway/client.ts';
import type { SeenPanel } from '../gateway/panel-views.ts';
import type { DashboardId } from './catalogue.ts';
import type { FromDashboard, Question, ShownProblem, ToDashboard } from './messages.ts';
import type { Session } from './session.ts';

/** Joins one drawn dashboard to a session: what it missed is told when it asks, then every change. */
export interface Relay {
  receive(message: FromDashboard): void;
  show(dashboard: DashboardId): void;
  /** Tells everything again: a hidden page may have missed messages. */
  replay(): void;
  dispose(): void;
}

/** What only the place where the dashboard is drawn can do. */
export interface Surroundings {
  post(message: ToDashboard): void;
  openFile(file: string, line: number): void;
  copy(text: string): void;
  /** The dashboard wants another one shown; true when it is shown elsewhere. */
  showElsewhere(dashboard: DashboardId): boolean;
  /** What this place does itself when a command is asked for, e.g. write files; null for all others, and left out where it does nothing itself. */
  runHere?(command: string, input: unknown): Promise<unknown> | null;
}

export function relay(session: Session, first: DashboardId, around: Surroundings): Relay {
  let dashboard = first;
  let panels: readonly string[] = [];
  let unwatch = () => {};
  const stop = session.onChange((change) => {
    if (change.kind === 'events') return;
    if (change.kind !== 'panel') around.post(change);
    else if (panels.includes(change.message.panel)) around.post(change);
    if (change.kind === 'catalogue') watchAgain();
  });
  watchAgain();

  return {
    receive,
    replay,
    show,
    dispose() {
      stop();
      unwatch();
    },
  };

  function show(wanted: DashboardId) {
    dashboard = wanted;
    watchAgain();
    replay();
  }

  function watchAgain() {
    const wanted = session.catalogue.panels
      .filter((panel) => panel.dashboard === dashboard)
      .map(({ id }) => id);
    if (wanted.join() === panels.join()) return;
    const before = unwatch;
    panels = wanted;
    unwatch = session.watch(wanted);
    before();
  }

  function replay() {
    around.post({ kind: 'dashboard', dashboard });
    around.post({ kind: 'connection', connection: session.connection });
    around.post({ kind: 'catalogue', catalogue: session.catalogue });
    if (session.status !== null) around.post({ kind: 'status', status: session.status });
    around.post({ kind: 'findings', findings: session.findings });
    around.post({ kind: 'panels', panels: seenPanels() });
  }

  function seenPanels(): Record<string, SeenPanel> {
    return Object.fromEntries(
      panels.flatMap((id) => {
        const seen = session.panel(id);
        return seen === undefined ? [] : [[id, seen] as const];
      }),
    );
  }

  function receive(message: FromDashboard) {
    switch (message.kind) {
      case 'ready':
        return replay();
      case 'show':
        return around.showElsewhere(message.dashboard) ? undefined : show(message.dashboard);
      case 'open-file':
        return around.openFile(message.file, message.line);
      case 'copy':
        return around.copy(message.text);
      case 'ask':
        return void answer(message.id, message.question);
    }
  }

  async function answer(id: number, question: Question) {
    try {
      around.post({ kind: 'answer', id, result: await ask(question) });
    } catch (error) {
      around.post({ kind: 'refusal', id, problem: shownProblem(error) });
    }
  }

  function ask(question: Question): Promise<unknown> {
    const { client } = session;
    switch (question.what) {
      case 'run':
        return (
          around.runHere?.(question.command, question.input) ?? client.run(question.command, question.input)
        );
      case 'panel-at':
        return client.panelAt(question.panel, question.position);
      case 'compare':
        return client.compare(question.panel, question.from, question.to);
    }
  }
}

export function shownProblem(error: unknown): ShownProblem {
  if (error instanceof GatewayProblem)
    return { code: error.code, message: error.message, issues: error.issues };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, issues: [] };
}
