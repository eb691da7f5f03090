import { h, type ComponentChild } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { PanelInfo, PanelMoment } from '../../shared/protocol.ts';
import type { View } from '../../shared/view.ts';
import type { SeenPanel } from '../gateway/panel-views.ts';
import { changesBetween, type Changes } from './changes.ts';
import { timeOf } from '../dashboards/clock.ts';
import { Draw } from './draw.ts';
import { useMasonry } from './masonry.ts';
import type { Moment } from './model.ts';
import { needsWidth } from './panel-width.ts';
import type { Asker } from './port.ts';
import { DrawSurroundings } from './surroundings.ts';
import { Progress } from './toolkit.ts';

interface PanelProps {
  readonly info: PanelInfo;
  readonly seen: SeenPanel | undefined;
  readonly moment: Moment;
  readonly asker: Pick<Asker, 'ask'>;
  onTime(position: number, at: string): void;
}

/** One panel of a dashboard, at the moment looked at. */
export function Panel(props: PanelProps): ComponentChild {
  const past = usePast(props);
  const around = useContext(DrawSurroundings);
  const titled = useMemo(() => ({ ...around, title: props.info.title }), [around, props.info.title]);
  const { info, seen, moment } = props;
  const isWide = moment.kind === 'compare' || (seen?.view ? needsWidth(seen.view) : false);
  const cell = useMasonry();
  return h(
    'div',
    { ref: cell, class: isWide ? 'place wide' : 'place' },
    h(
      'section',
      {
        class: 'panel',
        'aria-label': info.title,
        'aria-busy': moment.kind !== 'live' && past.isWaiting,
        'data-panel': info.id,
        'data-moment': past.drawn ?? 'live',
      },
      h(
        'h3',
        null,
        info.title,
        moment.kind !== 'live' && past.isWaiting && h(Progress, { label: 'Looking back' }),
      ),
      h(DrawSurroundings.Provider, { value: titled, children: h(Body, { ...props, past }) }),
    ),
  );
}

function Body({ seen, moment, past }: PanelProps & { readonly past: Past }): ComponentChild {
  if (moment.kind === 'live') return h(Live, { seen });
  if (past.failure !== null) return h('p', { class: 'failure', role: 'alert' }, past.failure);
  if (past.two !== null && moment.kind === 'compare') return h(Two, past.two);
  if (past.one !== null && moment.kind === 'past') return h(AsItWas, { view: viewOf(past.one) });
  return h(Live, { seen });
}

function Live({ seen }: { readonly seen: SeenPanel | undefined }): ComponentChild {
  if (seen === undefined)
    return h('div', { class: 'waiting', role: 'status' }, h(Progress, { label: 'Loading' }));
  return h(
    'div',
    null,
    seen.failure !== null &&
      h('p', { class: 'failure', role: 'alert' }, `This is not up to date. ${seen.failure}`),
    seen.view !== null && h(Draw, { view: seen.view }),
  );
}

function AsItWas({ view, changes }: { readonly view: View; readonly changes?: Changes }): ComponentChild {
  const around = useContext(DrawSurroundings);
  const value = { ...around, isPast: true, ...(changes !== undefined && { changes }) };
  return h(DrawSurroundings.Provider, { value, children: h(Draw, { view }) });
}

function Two({ from, to }: { readonly from: PanelMoment; readonly to: PanelMoment }): ComponentChild {
  const changes = useMemo(() => changesBetween(viewOf(from), viewOf(to)), [from, to]);
  const count = Math.max(changes.before.count, changes.after.count);
  return h(
    'div',
    null,
    h('p', { class: 'dim compare-note', role: 'status' }, differencesText(count)),
    h(
      'div',
      { class: 'two' },
      h(Side, { moment: from, changes: changes.before }),
      h(Side, { moment: to, changes: changes.after }),
    ),
  );
}

function Side({
  moment,
  changes,
}: {
  readonly moment: PanelMoment;
  readonly changes: Changes;
}): ComponentChild {
  return h(
    'div',
    { class: 'side' },
    h(
      'div',
      { class: 'side-head dim' },
      `${timeOf(moment.at)} · position ${moment.position.toLocaleString('en')}`,
    ),
    h(AsItWas, { view: viewOf(moment), changes }),
  );
}

function differencesText(count: number): string {
  if (count === 0) return 'Nothing differs.';
  return count === 1 ? 'One difference is marked.' : `${count} differences are marked.`;
}

/** Safe: a view of an unknown kind is drawn as a sentence. */
function viewOf(moment: PanelMoment): View {
  return moment.view as View;
}

interface Past {
  readonly isWaiting: boolean;
  /** What the drawn answer belongs to. */
  readonly drawn: string | null;
  readonly one: PanelMoment | null;
  readonly two: { readonly from: PanelMoment; readonly to: PanelMoment } | null;
  readonly failure: string | null;
}

const nothing: Past = { isWaiting: true, drawn: null, one: null, two: null, failure: null };

/** Asks for the moment looked at; until it is answered the view before stays. */
function usePast({ info, moment, asker, onTime }: PanelProps): Past {
  const [past, setPast] = useState<Past>(nothing);
  const key = momentKey(moment);
  useEffect(() => {
    if (moment.kind === 'live') return setPast(nothing);
    let isCurrent = true;
    setPast((before) => ({ ...before, isWaiting: true }));
    lookBack(info.id, moment, asker)
      .then((found) => {
        for (const seen of [found.one, found.two?.from, found.two?.to])
          if (seen) onTime(seen.position, seen.at);
        if (isCurrent) setPast({ ...nothing, ...found, isWaiting: false, drawn: key });
      })
      .catch((error: Error) => {
        if (isCurrent) setPast({ ...nothing, isWaiting: false, drawn: key, failure: error.message });
      });
    return () => {
      isCurrent = false;
    };
  }, [info.id, key]);
  return past;
}

async function lookBack(
  panel: string,
  moment: Exclude<Moment, { kind: 'live' }>,
  asker: Pick<Asker, 'ask'>,
): Promise<Pick<Past, 'one' | 'two'>> {
  if (moment.kind === 'past')
    return { one: await asker.ask({ what: 'panel-at', panel, position: moment.position }), two: null };
  return { one: null, two: await asker.ask({ what: 'compare', panel, from: moment.from, to: moment.to }) };
}

function momentKey(moment: Moment): string {
  if (moment.kind === 'live') return 'live';
  return moment.kind === 'past' ? `past ${moment.position}` : `compare ${moment.from} ${moment.to}`;
}
