import { refusal } from '../errors/refusal.ts';
import { readLanes, readPrices, type ListName, type Source } from '../rate-sheets/rate-sheets.ts';
import { fieldsOf, rowNamer } from './field-names.ts';

const rowOf = rowNamer(new Set(['codFee', 'maxDeclared', 'maxCod', 'price']));

export interface RateCardInput {
  /** As import_rate_card() takes it. */
  card: Record<string, unknown>;
  /** Where lists come from that were given as a sheet. */
  sources: Partial<Record<ListName, Source>>;
}

/** GraphQL's input is import_rate_card()'s too, but for its names and for sheets. */
export function readRateCard(input: unknown): RateCardInput {
  const { zones, slabs, lanes, pricesCsv, lanesCsv, idempotencyKey, ...terms } = fieldsOf(input);
  void idempotencyKey;
  for (const field of ['validFrom', 'validUntil']) refuseNoDay(field, terms[field]);
  const prices = sheetOf('pricesCsv', pricesCsv, [zones, slabs], readPrices);
  const ways = sheetOf('lanesCsv', lanesCsv, [lanes], readLanes);
  return {
    card: {
      ...rowOf(terms),
      zones: prices?.zones ?? rowsOf(zones),
      slabs: prices?.slabs ?? rowsOf(slabs),
      lanes: ways?.lanes ?? rowsOf(lanes),
    },
    sources: {
      ...(prices && { zones: prices.zoneSource, slabs: prices.slabSource }),
      ...(ways && { lanes: ways.laneSource }),
    },
  };
}

const columns: Readonly<Record<string, string>> = {
  price_minor: 'price',
  from_prefix: 'from',
  to_prefixes: 'to',
};

/** What the database says about a row of a list, as line and column of the sheet that it was. */
export function inTheSheet(
  facts: Readonly<Record<string, unknown>>,
  sources: RateCardInput['sources'],
): Record<string, unknown> | null {
  const field = typeof facts.field === 'string' ? facts.field : '';
  const [, list, place, name = ''] = /^(zones|slabs|lanes)\[(\d+)\]\.(\w+)$/.exec(field) ?? [];
  const source = sources[list as ListName];
  if (!source) return null;
  const line = source.lines[Number(place)];
  return { field: source.field, line, column: columns[name] ?? name };
}

function sheetOf<T>(
  field: string,
  text: unknown,
  lists: unknown[],
  read: (text: string) => T,
): T | undefined {
  if (typeof text !== 'string') return undefined;
  if (lists.every((list) => (list as unknown[]).length === 0)) return read(text);
  throw refusal('INVALID_INPUT', 'A card is given as lists or as a sheet, not as both.', { field });
}

/** 2026-02-31 looks like a day; the database would name no field. */
function refuseNoDay(field: string, text: unknown): void {
  if (typeof text !== 'string') return;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  if (day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return;
  throw refusal('INVALID_INPUT', 'A day is written like 2026-04-01.', { field });
}

const rowsOf = (list: unknown) => (list as unknown[]).map((row) => rowOf(fieldsOf(row)));
