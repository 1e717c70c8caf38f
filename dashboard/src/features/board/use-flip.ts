import { useLayoutEffect, useRef } from 'react';
import type { RefObject } from 'react';

interface Place {
  left: number;
  top: number;
  status: string;
}

const glide = { duration: 320, easing: 'cubic-bezier(0.2, 0.7, 0.2, 1)' };

/**
 * Lets each `[data-flip]` element glide from where it was before a render to where it is now, also
 * from one column to another (first, last, invert, play). Places are offsets within the container, which
 * neither scrolling nor a running animation changes; so nothing between may be positioned.
 */
export function useFlip(container: RefObject<HTMLElement | null>): void {
  const before = useRef<ReadonlyMap<string, Place>>(new Map());
  const width = useRef(0);
  useLayoutEffect(() => {
    const elements = container.current?.querySelectorAll<HTMLElement>('[data-flip]') ?? [];
    // After a resize of the window everything is elsewhere, without having moved.
    const resized = width.current !== container.current?.clientWidth;
    width.current = container.current?.clientWidth ?? 0;
    const now = new Map<string, Place>();
    const moves: (() => void)[] = [];
    for (const element of elements) {
      // In a column that a phone does not show.
      if (element.offsetParent === null) continue;
      const key = element.dataset['flip'] ?? '';
      const place = placeOf(element);
      now.set(key, place);
      // All places are read before anything is animated, or each would cost a layout of its own.
      moves.push(() => play(element, before.current.get(key), place));
    }
    if (before.current.size > 0 && !resized && !prefersStillness())
      for (const move of moves) move();
    before.current = now;
  });
}

function placeOf(element: HTMLElement): Place {
  const { offsetLeft, offsetTop, dataset } = element;
  return { left: offsetLeft, top: offsetTop, status: dataset['status'] ?? '' };
}

function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

function play(element: HTMLElement, from: Place | undefined, to: Place): void {
  if (!from) {
    element.animate([{ opacity: 0, transform: 'translateY(-6px)' }, { opacity: 1 }], glide);
    return;
  }
  const x = from.left - to.left;
  const y = from.top - to.top;
  if (x === 0 && y === 0) return;
  const zIndex = from.status === to.status ? 0 : 2;
  element.animate(
    [
      { transform: `translate(${x}px, ${y}px)`, zIndex },
      { transform: 'none', zIndex },
    ],
    glide,
  );
  if (zIndex > 0) element.classList.add('just-moved');
}
