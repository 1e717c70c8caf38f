/**
 * Whether the outside world agrees: the sandbox keeps books of its own, knows nothing of our
 * database, and so is a second witness.
 */
import type pg from 'pg';
import type { CheckResult } from './checks.ts';
import { readRows, runBoxes, runOrders } from './run-scope.ts';
import type { RunScope } from './run-scope.ts';
import type { Books } from './sandbox-books.ts';
import { plainReference, theirParcels, type TheirParcel } from './their-parcels.ts';

interface Box {
  awb: string;
  reference: string;
  cod_minor: number;
}

interface Message {
  /** What the service carries back to us, and so has in its books. */
  key: string;
  provider_id: string | null;
}

const readBoxes = `
  select b.awb, e.reference, b.cod_amount_minor::integer as cod_minor
  from (${runBoxes}) b
  join app_public.effects e
    on e.merchant_id = b.merchant_id and e.subject_id = b.id and e.kind = 'book_shipment'
  where b.awb is not null`;

const readMessages = `
  select m.merchant_id || ':' || m.id as key, m.provider_message_id as provider_id
  from (${runOrders}) o
  join app_public.messages m on m.merchant_id = o.merchant_id and m.order_id = o.id`;

/** References of boxes that were never booked: the books must not know them either. */
const readUnbooked = `
  select e.reference from (${runOrders}) o
  join app_public.effects e on e.merchant_id = o.merchant_id and e.order_id = o.id
  where not exists (select from (${runBoxes}) b where b.order_id = o.id and b.awb is not null)`;

/** The same parcels, the same cash to collect and the same messages on both sides. */
export async function checkBooks(
  db: pg.Client,
  { storeId, externalIds }: RunScope,
  books: Books,
): Promise<CheckResult[]> {
  const scope = [storeId, externalIds];
  const boxes = await readRows<Box>(db, readBoxes, scope);
  const messages = await readRows<Message>(db, readMessages, scope);
  const unbooked = await readRows<{ reference: string }>(db, readUnbooked, scope);
  const references = new Set([...boxes, ...unbooked].map(({ reference }) => reference));
  const theirs = theirParcels(books);
  return [
    {
      name: "the sandbox's parcels are ours, one for each reference",
      wrong: parcelsAmiss(boxes, references, theirs),
    },
    {
      name: 'the courier collects what is owed, and nothing else',
      wrong: cashAmiss(boxes, theirs),
    },
    {
      name: "the sandbox's messages are ours, each sent once",
      wrong: messagesAmiss(messages, books),
    },
  ];
}

function parcelsAmiss(
  boxes: Box[],
  references: Set<string>,
  theirs: readonly TheirParcel[],
): string[] {
  const line = (reference: string, awb: string) => `${reference} ${awb}`;
  const asked = new Set([...references].map(plainReference));
  const booked = theirs
    .filter(({ reference }) => asked.has(reference))
    .map(({ reference, awb }) => line(reference, awb));
  const own = boxes.map(({ reference, awb }) => line(plainReference(reference), awb));
  const missing = own.filter((one) => !booked.includes(one));
  // A second parcel for a reference is an order that was shipped twice.
  const extra = booked.filter((one, at) => !own.includes(one) || booked.indexOf(one) !== at);
  return [
    ...missing.map((one) => `${one} is not in the books`),
    ...extra.map((one) => `${one} is only in the books`),
  ];
}

function cashAmiss(boxes: Box[], theirs: readonly TheirParcel[]): string[] {
  const byAwb = new Map(theirs.map((parcel) => [parcel.awb, parcel]));
  return boxes.flatMap(({ awb, cod_minor }) => {
    const parcel = byAwb.get(awb);
    if (parcel === undefined || parcel.codMinor === cod_minor) return [];
    return [`${awb}: ${parcel.codMinor} paise instead of ${cod_minor}`];
  });
}

function messagesAmiss(messages: Message[], books: Books): string[] {
  const sent = Map.groupBy(books.messages, ({ callbackData }) => callbackData);
  return messages.flatMap(({ key, provider_id }) => {
    const found = sent.get(key) ?? [];
    if (found.length === 1 && found[0]?.id === provider_id) return [];
    return [`${key} was sent ${found.length} times`];
  });
}
