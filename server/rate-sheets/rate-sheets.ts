/** Rate cards as sheets: what costs how much, and which PIN codes are in which zone. */
import { refusal } from '../errors/refusal.ts';
import { readSheet, SheetFault, type SheetRow } from './read-sheet.ts';

/** In the words of app_public.import_rate_card(). */
export interface CardLists {
  zones: { zone: string; days: number | null }[];
  slabs: { zone: string; from_grams: number; step_grams: number; price_minor: number }[];
  lanes: { zone: string; from_prefix: string; to_prefixes: string[] }[];
}

export type ListName = keyof CardLists;

/** From which line of which sheet the rows of a list come, by their place. */
export interface Source {
  field: 'pricesCsv' | 'lanesCsv';
  lines: readonly number[];
}

const priceColumns = {
  zone: 'required',
  days: 'optional',
  from_grams: 'optional',
  step_grams: 'required',
  price: 'required',
} as const;
const laneColumns = { zone: 'required', to: 'required', from: 'optional' } as const;

type PriceRow = SheetRow<keyof typeof priceColumns>;

/** A line is a slab. What it says of its zone need stand in one of the zone's lines only. */
export function readPrices(text: string) {
  return named('pricesCsv', () => {
    const rows = readSheet(text, priceColumns);
    const zones = new Map<string, { row: PriceRow; days: number | null }>();
    for (const row of rows) {
      const { zone } = row.cells;
      const days = row.cells.days === '' ? null : wholeNumber(row, 'days', 'Days are');
      const before = zones.get(zone);
      if (before && before.days !== null && days !== null && before.days !== days) {
        throw new SheetFault(
          row.line,
          'days',
          `The zone ${zone} has other days in an earlier line.`,
        );
      }
      zones.set(zone, { row: before?.row ?? row, days: before?.days ?? days });
    }
    const slabs = rows.map((row) => ({
      zone: row.cells.zone,
      from_grams: row.cells.from_grams === '' ? 0 : wholeNumber(row, 'from_grams', 'Grams are'),
      step_grams: wholeNumber(row, 'step_grams', 'Grams are'),
      price_minor: minorOf(row),
    }));
    return {
      zones: [...zones].map(([zone, { days }]) => ({ zone, days })),
      zoneSource: source(
        'pricesCsv',
        [...zones.values()].map(({ row }) => row),
      ),
      slabs,
      slabSource: source('pricesCsv', rows),
    };
  });
}

/** A line is a zone and how its PIN codes begin; those of the destination may be several, by spaces. */
export function readLanes(text: string) {
  return named('lanesCsv', () => {
    const rows = readSheet(text, laneColumns);
    const lanes = rows.map(({ cells }) => ({
      zone: cells.zone,
      from_prefix: cells.from,
      to_prefixes: cells.to.split(/[\s|/]+/),
    }));
    return { lanes, laneSource: source('lanesCsv', rows) };
  });
}

const source = (field: Source['field'], rows: readonly { line: number }[]): Source => ({
  field,
  lines: rows.map(({ line }) => line),
});

function wholeNumber(row: PriceRow, column: keyof PriceRow['cells'], what: string): number {
  const text = row.cells[column];
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new SheetFault(row.line, column, `${what} a whole number.`);
}

/** 42, 42.5 and 42.50: never through a fraction, which would lose a paisa now and then. */
function minorOf({ line, cells }: PriceRow): number {
  const [, major, minor = ''] = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(cells.price) ?? [];
  if (major !== undefined) return Number(major + minor.padEnd(2, '0'));
  throw new SheetFault(line, 'price', 'A price is a number such as 42 or 42.50, without signs.');
}

function named<T>(field: Source['field'], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SheetFault)) throw error;
    const { line, column, message } = error;
    throw refusal('INVALID_INPUT', message, { field, line, ...(column !== null && { column }) });
  }
}
