import { useEffect, useRef } from 'preact/hooks';

/** As in style.css: the height of a grid row, and the space below a panel. */
const rowPx = 4;
const gapPx = 16;

/**
 * Lets panels of different height stand below each other without holes: each takes as many of the grid's small rows as
 * it is high. (CSS has no masonry of its own yet.) The answer goes to the grid's child; its first child is measured.
 */
export function useMasonry() {
  const cell = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const outer = cell.current;
    const inner = outer?.firstElementChild;
    if (!outer || !inner) return;
    const observer = new ResizeObserver(() => {
      const height = inner.getBoundingClientRect().height;
      outer.style.gridRowEnd = `span ${Math.ceil((height + gapPx) / rowPx)}`;
    });
    observer.observe(inner);
    return () => observer.disconnect();
  }, []);
  return cell;
}
