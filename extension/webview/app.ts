import { h, render, type ComponentChild } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Action } from '../../shared/view.ts';
import { dashboardInfo, type DashboardId } from '../dashboards/catalogue.ts';
import { noChanges } from './changes.ts';
import { deskWorker, emptyDesk, type Desk, type DeskWorker } from './desk.ts';
import { Draw } from './draw.ts';
import { Form } from './form.ts';
import { afterReceived, firstModel, type Model, type Moment } from './model.ts';
import { Navigation } from './navigation.ts';
import { Notices } from './notices.ts';
import { Drawer, Modal } from './overlay.ts';
import { Page } from './page.ts';
import { asker, type Asker, type Port } from './port.ts';
import { DrawSurroundings } from './surroundings.ts';
import { registerToolkit } from './toolkit.ts';

export interface AppOptions {
  readonly port: Port;
  /** True in a browser: VS Code has its own way between dashboards. */
  readonly hasNavigation: boolean;
}

/** Draws dashboards into the page, for whichever owner of the connection is behind the port. */
export function mountApp(root: Element, options: AppOptions): void {
  registerToolkit();
  const store = appStore(options.port);
  render(h(App, { ...options, store }), root);
  options.port.post({ kind: 'ready' });
}

interface AppState {
  readonly model: Model;
  readonly desk: Desk;
}

interface AppStore {
  readonly state: AppState;
  readonly asker: Asker;
  readonly worker: DeskWorker;
  look(change: (now: Moment) => Moment): void;
  /** Calls with every new state, at most once a frame. */
  follow(call: (state: AppState) => void): void;
}

function appStore(port: Port): AppStore {
  let state: AppState = { model: firstModel, desk: emptyDesk };
  let call: ((state: AppState) => void) | null = null;
  let isScheduled = false;
  /** Asked for before it was known which commands there are. */
  const early: Action[] = [];
  const questions = asker(port);
  const worker = deskWorker({
    asker: questions,
    command: (id) => state.model.catalogue.commands.find((command) => command.id === id),
    onChange: (desk) => change({ ...state, desk }),
    after: (ms, then) => void setTimeout(then, ms),
  });
  port.listen((message) => {
    if (questions.receive(message)) return;
    if (message.kind === 'act') return actWhenKnown(message.action);
    change({ ...state, model: afterReceived(state.model, message) });
    if (message.kind === 'catalogue') for (const action of early.splice(0)) worker.act(action);
  });

  return {
    get state() {
      return state;
    },
    asker: questions,
    worker,
    look: (next) => change({ ...state, model: { ...state.model, moment: next(state.model.moment) } }),
    follow: (wanted) => void (call = wanted),
  };

  function actWhenKnown(action: Action) {
    if (state.model.isCatalogueKnown) worker.act(action);
    else early.push(action);
  }

  function change(next: AppState) {
    state = next;
    if (isScheduled) return;
    isScheduled = true;
    // Not requestAnimationFrame: a hidden page would never come up to date.
    setTimeout(() => {
      isScheduled = false;
      call?.(state);
    }, 16);
  }
}

function App({ port, hasNavigation, store }: AppOptions & { readonly store: AppStore }): ComponentChild {
  const [{ model, desk }, setState] = useState(store.state);
  useEffect(() => store.follow(setState), [store]);
  const { worker } = store;
  const isPast = model.moment.kind !== 'live';
  const around = useMemo(
    () => ({
      act: worker.act,
      copy: (text: string) => port.post({ kind: 'copy', text }),
      changes: noChanges,
      title: '',
      isPast: false,
    }),
    [worker, port],
  );
  useReadyMark(model);
  return h(DrawSurroundings.Provider, {
    value: around,
    children: h(
      'div',
      { class: `app${hasNavigation ? ' has-navigation' : ''}${isPast ? ' is-past' : ''}` },
      hasNavigation &&
        h(Navigation, {
          model,
          onShow: (dashboard: DashboardId) => port.post({ kind: 'show', dashboard }),
        }),
      h(Page, {
        model,
        asker: store.asker,
        onMoment: store.look,
        openFile: (file, line) => port.post({ kind: 'open-file', file, line }),
      }),
      h(OnTop, { desk, worker }),
    ),
  });
}

function OnTop({ desk, worker }: { readonly desk: Desk; readonly worker: DeskWorker }): ComponentChild {
  const page = desk.drawer.at(-1);
  const { form, once } = desk;
  return h(
    'div',
    null,
    page !== undefined &&
      h(Drawer, {
        title: page.title,
        onClose: worker.closeDrawer,
        onBack: desk.drawer.length > 1 ? worker.back : null,
        children: h(Draw, { view: page.view }),
      }),
    form !== null &&
      h(Modal, {
        key: form.id,
        title: form.command.title,
        onClose: worker.closeForm,
        children: h(Form, {
          ...form,
          submitLabel: form.action.label || form.command.title,
          onSubmit: worker.submit,
          onCancel: worker.closeForm,
        }),
      }),
    once !== null &&
      h(Modal, {
        title: once.title,
        class: 'once',
        onClose: worker.closeOnce,
        children: h(Draw, { view: once.view }),
      }),
    h(Notices, { notices: desk.notices, onClose: worker.dismiss }),
  );
}

/** Tests and editors wait for `body[data-ready]`: the panels of the dashboard are drawn. */
function useReadyMark(model: Model): void {
  const isReady =
    model.isCatalogueKnown &&
    model.catalogue.panels
      .filter(({ dashboard }) => dashboard === model.dashboard)
      .every(({ id }) => model.panels[id] !== undefined);
  const title = dashboardInfo(model.dashboard)?.title ?? model.dashboard;
  useEffect(() => void (document.title = `${title} · Outrider`), [title]);
  useEffect(() => {
    if (isReady) document.body.dataset.ready = model.dashboard;
    else delete document.body.dataset.ready;
  }, [isReady, model.dashboard]);
}
