import { h, type ComponentChild } from 'preact';

/** Line drawings on a 16 × 16 grid, in the colour of the text around them. */
const drawings = {
  overview: 'M2.5 9.5a5.5 5.5 0 0 1 11 0M8 9.5l2.5-3M2 12.5h12',
  security: 'M8 1.8l5 1.9v3.8c0 3-2 5.4-5 6.7-3-1.3-5-3.7-5-6.7V3.7zM5.8 8l1.6 1.6 2.9-3.1',
  keys: 'M9 7a3.3 3.3 0 1 0-.001 0zM8.2 6.6L2.5 12.3v1.5h2v-1.5h1.5v-1.5h1.3l1-1',
  queries:
    'M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2',
  events: 'M4.5 3.5H14M4.5 8H14M4.5 12.5H14M2 3.5h.01M2 8h.01M2 12.5h.01',
  cache: 'M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z',
  plugins: 'M6 2.5v3M10 2.5v3M4 5.5h8v2.5a4 4 0 0 1-8 0zM8 12v2',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M6 5.5h7.5v8H6zM3.5 10.5h-1v-8H10v1',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  up: 'M8 12.5v-9M4.5 7L8 3.5 11.5 7',
  down: 'M8 3.5v9M4.5 9L8 12.5 11.5 9',
  right: 'M6 3.5L10.5 8 6 12.5',
  left: 'M10 3.5L5.5 8l4.5 4.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  live: 'M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4.5 11.5a5 5 0 0 1 0-7M11.5 4.5a5 5 0 0 1 0 7',
  compare: 'M2.5 3h4.5v10H2.5zM9 3h4.5v10H9z',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  warning: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.2h.01',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.5M8 10.8h.01',
  hint: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5.2h.01',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name, label }: { readonly name: IconName; readonly label?: string }): ComponentChild {
  return h(
    'svg',
    {
      class: 'icon',
      viewBox: '0 0 16 16',
      width: 16,
      height: 16,
      role: label === undefined ? undefined : 'img',
      'aria-label': label,
      'aria-hidden': label === undefined ? 'true' : undefined,
    },
    h('path', { d: drawings[name] }),
  );
}
