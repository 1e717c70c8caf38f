import bwipjs from 'bwip-js';
import type { Page, Rectangle } from './document.ts';

/** Blank space that a scanner wants on both sides, in modules. */
const quietModules = 10;

/** Code 128 as bars of ink and not as a picture: sharp on any printer. */
export function drawBarCode(page: Page, text: string, box: Rectangle): void {
  const widths = barWidths(text);
  const modules = widths.reduce((sum, width) => sum + width, 0) + 2 * quietModules;
  const module = box.width / modules;
  let x = box.x + quietModules * module;
  page.save().fillColor('black');
  for (const [at, width] of widths.entries()) {
    if (at % 2 === 0) page.rect(x, box.y, width * module, box.height);
    x += width * module;
  }
  page.fill().restore();
}

/** Bars and gaps in turn, bar first, in modules. */
export function barWidths(text: string): number[] {
  if (!/^[\x20-\x7e]{1,40}$/.test(text)) {
    throw new RangeError('A bar code holds 1 to 40 plain characters');
  }
  const [symbol] = bwipjs.raw({ bcid: 'code128', text });
  if (symbol === undefined || !('sbs' in symbol)) throw new Error('Code 128 has no bars');
  return [...symbol.sbs];
}
