import { h, type ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { timeOf } from '../dashboards/clock.ts';
import { Icon } from './icon.ts';
import type { Moment } from './model.ts';
import { Button } from './toolkit.ts';

interface TimeBarProps {
  readonly moment: Moment;
  readonly head: number;
  /** ISO 8601 times of the moments looked at, once they are known. */
  readonly times: Readonly<Record<number, string>>;
  /** What is looked at next is told from what is looked at then: two sliders can settle before the page is drawn anew. */
  onMoment(change: (now: Moment) => Moment): void;
}

/** Live, a past moment, or two moments side by side; moments are positions of the log. */
export function TimeBar(props: TimeBarProps): ComponentChild {
  const { moment, head, onMoment } = props;
  const isLive = moment.kind === 'live';
  return h(
    'div',
    { class: `time-bar is-${moment.kind}`, role: 'group', 'aria-label': 'Time looked at' },
    h(
      'div',
      { class: 'time-buttons' },
      h(Choice, {
        icon: 'live',
        label: 'Live',
        isChosen: isLive,
        onChoose: () => onMoment(() => ({ kind: 'live' })),
      }),
      h(Choice, {
        icon: 'pause',
        label: isLive ? 'Pause' : 'Past',
        isChosen: moment.kind === 'past',
        onChoose: () => onMoment((now) => ({ kind: 'past', position: latest(now, head) })),
      }),
      h(Choice, {
        icon: 'compare',
        label: 'Compare',
        isChosen: moment.kind === 'compare',
        onChoose: () => onMoment((now) => comparison(now, head)),
      }),
    ),
    moment.kind === 'live' && h('span', { class: 'dim time-note' }, `position ${head.toLocaleString('en')}`),
    moment.kind === 'past' &&
      h(Slider, {
        ...props,
        label: 'Moment',
        position: moment.position,
        onPosition: (position) => onMoment(() => ({ kind: 'past', position })),
      }),
    moment.kind === 'compare' && h(TwoSliders, { ...props, moment }),
  );
}

function TwoSliders(
  props: TimeBarProps & { readonly moment: Extract<Moment, { kind: 'compare' }> },
): ComponentChild {
  const { moment, onMoment } = props;
  return h(
    'div',
    { class: 'time-sliders' },
    h(Slider, {
      ...props,
      label: 'From',
      position: moment.from,
      onPosition: (from) => onMoment((now) => ({ ...comparison(now, from), from })),
    }),
    h(Slider, {
      ...props,
      label: 'To',
      position: moment.to,
      onPosition: (to) => onMoment((now) => ({ ...comparison(now, to), to })),
    }),
  );
}

interface ChoiceProps {
  readonly icon: 'live' | 'pause' | 'compare';
  readonly label: string;
  readonly isChosen: boolean;
  onChoose(): void;
}

function Choice({ icon, label, isChosen, onChoose }: ChoiceProps): ComponentChild {
  return h(
    'button',
    { type: 'button', class: 'choice', 'aria-pressed': isChosen, onClick: onChoose },
    h(Icon, { name: icon }),
    label,
  );
}

interface SliderProps {
  readonly label: string;
  readonly position: number;
  readonly head: number;
  readonly times: Readonly<Record<number, string>>;
  onPosition(position: number): void;
}

/** While it is dragged only the newest place counts: asking for each would be answered too late. */
const settleMs = 150;

function Slider({ label, position, head, times, onPosition }: SliderProps): ComponentChild {
  const [dragged, setDragged] = useState(position);
  // By the time it settles the other slider may have moved: what it means to tell is asked then.
  const tell = useRef(onPosition);
  tell.current = onPosition;
  useEffect(() => setDragged(position), [position]);
  useEffect(() => {
    if (dragged === position) return;
    const timer = setTimeout(() => tell.current(dragged), settleMs);
    return () => clearTimeout(timer);
  }, [dragged]);
  const go = (to: number) => setDragged(Math.max(0, Math.min(head, Math.round(to) || 0)));
  const time = times[dragged];
  return h(
    'div',
    { class: 'slider' },
    h('span', { class: 'slider-label' }, label),
    h(
      Button,
      { look: 'icon', label: `${label}: one event back`, onPress: () => go(dragged - 1) },
      h(Icon, { name: 'left' }),
    ),
    h('input', {
      type: 'range',
      min: 0,
      max: head,
      value: dragged,
      'aria-label': `${label}: position in the log`,
      'aria-valuetext': `position ${dragged}${time === undefined ? '' : `, ${timeOf(time)}`}`,
      onInput: (event: Event) => go(numberIn(event)),
    }),
    h(
      Button,
      { look: 'icon', label: `${label}: one event on`, onPress: () => go(dragged + 1) },
      h(Icon, { name: 'right' }),
    ),
    h(PositionField, { label, position: dragged, head, onPosition: go }),
    h('time', { class: 'slider-time dim', dateTime: time }, time === undefined ? '' : timeOf(time)),
  );
}

interface PositionFieldProps {
  readonly label: string;
  readonly position: number;
  readonly head: number;
  onPosition(position: number): void;
}

/** What is being typed stays until Enter, however often the page is drawn meanwhile. */
function PositionField({ label, position, head, onPosition }: PositionFieldProps): ComponentChild {
  const [typed, setTyped] = useState<string | null>(null);
  return h('input', {
    type: 'number',
    class: 'position',
    min: 0,
    max: head,
    value: typed ?? position,
    'aria-label': `${label}: position`,
    onInput: (event: Event) => setTyped(inputIn(event)?.value ?? null),
    onChange: (event: Event) => {
      onPosition(numberIn(event));
      setTyped(null);
    },
  });
}

function numberIn(event: Event): number {
  return inputIn(event)?.valueAsNumber ?? 0;
}

function inputIn(event: Event): HTMLInputElement | null {
  return event.currentTarget instanceof HTMLInputElement ? event.currentTarget : null;
}

function latest(moment: Moment, head: number): number {
  if (moment.kind === 'past') return moment.position;
  return moment.kind === 'compare' ? moment.to : head;
}

/** To begin with, now beside a tenth of the log ago. */
function comparison(moment: Moment, head: number): Moment {
  if (moment.kind === 'compare') return moment;
  const to = latest(moment, head);
  return { kind: 'compare', from: Math.max(0, to - Math.max(1, Math.round(head / 10))), to };
}
