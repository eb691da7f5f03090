import { h, type ComponentChild } from 'preact';

/** A rider beside a road. */
export function Mark(): ComponentChild {
  return h(
    'svg',
    { viewBox: '0 0 24 24', width: 22, height: 22, class: 'mark', 'aria-hidden': 'true' },
    h('path', { class: 'mark-road', d: 'M4 21L10 3' }),
    h('path', { class: 'mark-rider', d: 'M11 21L15.5 7.5' }),
    h('circle', { class: 'mark-head', cx: 17, cy: 4.5, r: 2 }),
  );
}
