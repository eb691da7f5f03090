import { h, type ComponentChild } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { TimelineEntry } from '../../shared/view.ts';
import { RowActions } from './actions.ts';
import { timeOf } from '../dashboards/clock.ts';
import { DrawSurroundings } from './surroundings.ts';
import { Sentence } from './text.ts';
import { Button } from './toolkit.ts';

const firstEntries = 10;
const moreEntries = 40;

interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
  readonly empty: string | undefined;
}

export function TimelineView({ entries, empty }: TimelineProps): ComponentChild {
  const [limit, setLimit] = useState(firstEntries);
  if (entries.length === 0)
    return h(Sentence, { class: 'empty', text: empty ?? 'Nothing has happened yet.' });
  return h(
    'div',
    null,
    h(
      'ol',
      { class: 'timeline' },
      entries.slice(0, limit).map((entry) => h(Entry, { key: entry.key, entry })),
    ),
    entries.length > limit &&
      h(
        Button,
        { onPress: () => setLimit(limit + moreEntries) },
        `Show ${Math.min(moreEntries, entries.length - limit)} more`,
      ),
  );
}

function Entry({ entry }: { readonly entry: TimelineEntry }): ComponentChild {
  const { act, changes } = useContext(DrawSurroundings);
  const { open } = entry;
  const title =
    open === undefined
      ? h('span', { class: 'entry-title' }, entry.title)
      : h(
          'button',
          { type: 'button', class: 'entry-title link-button', onClick: () => act(open) },
          entry.title,
        );
  return h(
    'li',
    { class: `entry tone-${entry.tone ?? 'neutral'}${changes.things.has(entry) ? ' changed' : ''}` },
    h('time', { dateTime: entry.at, title: entry.at }, timeOf(entry.at)),
    h(
      'div',
      { class: 'entry-body' },
      title,
      entry.detail !== undefined && h('div', { class: 'entry-detail' }, entry.detail),
    ),
    entry.actions !== undefined && entry.actions.length > 0 && h(RowActions, { actions: entry.actions }),
  );
}
