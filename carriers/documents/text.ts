import * as fontkit from 'fontkit';
import { readFileSync } from 'node:fs';
import { latinText } from '../latin-text.ts';
import type { Page } from './document.ts';

/**
 * Text in several scripts. The PDF's own fonts know Latin letters only and print boxes, or nothing,
 * for everything else; Malayalam and Devanagari have fonts here. The other Indian scripts are
 * written in Latin letters, and what is left is printed as [?], so that nobody takes it for complete.
 */
export interface Style {
  size: number;
  bold?: boolean;
}

interface Run {
  font: string;
  text: string;
}

const scripts = [
  { name: 'malayalam', letters: '\u0d00-\u0d7f' },
  { name: 'devanagari', letters: '\u0900-\u097f' },
] as const;

/** Joiners belong to the script around them. */
const runPattern = new RegExp(
  [
    ...scripts.map(({ letters }) => `[${letters}][${letters}\\u200c\\u200d]*`),
    // Other Indian words stay whole: how a letter is written depends on its neighbours.
    '[\\u0980-\\u0cff][\\u0980-\\u0cff\\u200c\\u200d]*',
    '[\\x20-\\x7e\\u00a1-\\u00ff]+',
    '[\\s\\S]',
  ].join('|'),
  'gu',
);

export const unwritable = '[?]';

/** The same text in pieces of one font each. */
export function runsOf(text: string, bold = false): Run[] {
  const cleaned = text.toWellFormed().normalize('NFC').replace(/\s+/g, ' ').trim();
  const runs: Run[] = [];
  for (const [piece] of cleaned.matchAll(runPattern)) {
    const run = runOf(piece, bold);
    const last = runs.at(-1);
    if (last?.font === run.font) last.text += run.text;
    else if (run.text !== '') runs.push(run);
  }
  return runs.map((run) => ({ ...run, text: run.text.replaceAll(/(?:\[\?\])+/g, unwritable) }));
}

function runOf(piece: string, bold: boolean): Run {
  const script = scripts.find(({ letters }) => new RegExp(`^[${letters}]`, 'u').test(piece));
  if (script !== undefined) return { font: script.name, text: piece };
  const font = bold ? 'Helvetica-Bold' : 'Helvetica';
  if (/^[\x20-\x7e\u00a1-\u00ff]+$/.test(piece)) return { font, text: piece };
  // Without a look of its own, such as a joiner or a variation selector.
  if (/^[\p{Cf}\p{Mn}\p{Me}\u{1f3fb}-\u{1f3ff}]$/u.test(piece)) return { font, text: '' };
  return { font, text: latinText(piece).text || unwritable };
}

/** Plain TTF: a WOFF would have to be unpacked. */
const files: Readonly<Record<string, string>> = {
  malayalam: '@expo-google-fonts/noto-sans-malayalam/400Regular/NotoSansMalayalam_400Regular.ttf',
  devanagari:
    '@expo-google-fonts/noto-sans-devanagari/400Regular/NotoSansDevanagari_400Regular.ttf',
};
const opened = new Map<string, fontkit.Font>();

/** Read once a process: reading it for each document took half of what a label costs. */
function openFont(font: string, file: string): fontkit.Font {
  const known = opened.get(font);
  if (known !== undefined) return known;
  const found = fontkit.create(readFileSync(new URL(import.meta.resolve(file))));
  if ('fonts' in found) throw new Error(`${file} holds several fonts`);
  opened.set(font, found);
  return found;
}

function useFont(page: Page, font: string, size: number): Page {
  const file = files[font];
  if (file === undefined) return page.font(font, size);
  // Under its own name, so that a document holds it once. pdfkit takes an opened font, its types do not know.
  page.registerFont(font, openFont(font, file) as unknown as Uint8Array);
  return page.font(font, size);
}

/**
 * fontkit 2.0.4 throws at Malayalam marks, such as the one in «റോഡ്», for which the font has no
 * anchor. Without these features the marks stand where the font draws them, which is right enough.
 */
const withoutMarks = { mark: false, mkmk: false, abvm: false, blwm: false };

function optionsOf(font: string): PDFKit.Mixins.TextOptions {
  if (font !== 'malayalam') return {};
  // The types know a list only; fontkit takes switches as well.
  return { features: withoutMarks as unknown as PDFKit.Mixins.OpenTypeFeatures[] };
}

interface Measured extends Run {
  width: number;
}

function measure(page: Page, text: string, { size, bold }: Style): Measured[] {
  return runsOf(text, bold).map((run) => measureRun(page, run, size));
}

/** Widths at size 1 of what a document has measured: shaping is what a label costs. */
const measured = new WeakMap<Page, Map<string, Measured>>();

function measureRun(page: Page, run: Run, size: number): Measured {
  const known = measured.get(page) ?? new Map<string, Measured>();
  measured.set(page, known);
  const key = `${run.font} ${run.text}`;
  const unit = known.get(key) ?? measureOnce(page, run);
  known.set(key, unit);
  return { ...unit, width: unit.width * size };
}

/** A word that the shaper stumbles over is written in Latin letters: a label must be made. */
function measureOnce(page: Page, run: Run): Measured {
  const size = 100;
  try {
    const width = useFont(page, run.font, size).widthOfString(run.text, optionsOf(run.font));
    return { ...run, width: width / size };
  } catch (error) {
    if (files[run.font] === undefined) throw error;
    const text = latinText(run.text).text || unwritable;
    return measureOnce(page, { font: 'Helvetica', text });
  }
}

export function textWidth(page: Page, text: string, style: Style): number {
  return measure(page, text, style).reduce((sum, { width }) => sum + width, 0);
}

/** One line, not wrapped; `right` and `centre` are within the width. */
export function drawLine(
  page: Page,
  text: string,
  at: { x: number; y: number; width?: number; align?: 'left' | 'right' | 'centre' },
  style: Style,
): void {
  const { width = 0, align = 'left' } = at;
  const runs = measure(page, text, style);
  const room = align === 'left' ? 0 : width - runs.reduce((sum, run) => sum + run.width, 0);
  let x = at.x + (align === 'centre' ? room / 2 : room);
  // Fonts stand at different heights: they share the baseline.
  const baseline = at.y + style.size * 0.8;
  const where = { lineBreak: false, baseline: 'alphabetic' } as const;
  for (const run of runs) {
    useFont(page, run.font, style.size);
    page.text(run.text, x, baseline, { ...where, ...optionsOf(run.font) });
    x += run.width;
  }
}

/** Lines that fit the width, broken between words; a word that is wider is broken inside. */
export function wrapText(page: Page, text: string, width: number, style: Style): string[] {
  const lines: string[] = [];
  const space = textWidth(page, 'x x', style) - 2 * textWidth(page, 'x', style);
  let used = 0;
  for (const word of text.trim().split(/\s+/)) {
    for (const piece of piecesOf(page, word, width, style)) {
      const needed = textWidth(page, piece, style);
      const fits = lines.length > 0 && used + space + needed <= width;
      if (fits) lines[lines.length - 1] += ` ${piece}`;
      else lines.push(piece);
      used = fits ? used + space + needed : needed;
    }
  }
  return lines;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function piecesOf(page: Page, word: string, width: number, style: Style): string[] {
  if (textWidth(page, word, style) <= width) return [word];
  const pieces = [''];
  for (const { segment } of graphemes.segment(word)) {
    const grown = `${pieces.at(-1) ?? ''}${segment}`;
    if (textWidth(page, grown, style) <= width) pieces[pieces.length - 1] = grown;
    else pieces.push(segment);
  }
  return pieces;
}

/**
 * All paragraphs at the largest of the sizes at which they fit the box. Null when not even the
 * smallest does: nothing is drawn then, and nothing is ever cut.
 */
export function drawFitting(
  page: Page,
  paragraphs: readonly { text: string; bold?: boolean }[],
  box: { x: number; y: number; width: number; height: number },
  sizes: readonly number[],
): number | null {
  for (const size of sizes) {
    const lines = paragraphs.flatMap(({ text, bold = false }) =>
      wrapText(page, text, box.width, { size, bold }).map((line) => ({ line, bold })),
    );
    const height = size * 1.3;
    if (lines.length * height > box.height) continue;
    for (const [at, { line, bold }] of lines.entries()) {
      drawLine(page, line, { x: box.x, y: box.y + at * height }, { size, bold });
    }
    return box.y + lines.length * height;
  }
  return null;
}
