/** Our books beside those of the outside world, which knows nothing of our database. */
import type pg from 'pg';

import type { CheckResult } from '../../demo/checks.ts';
import type { Books } from '../../demo/sandbox-books.ts';
import { plainReference, theirParcels, type TheirParcel } from '../../demo/their-parcels.ts';
import { callsServed } from './calls-served.ts';

export interface OurBox {
  carrier: string;
  awb: string;
  reference: string;
  cod_minor: number;
  status: string;
}

export interface OurMessage {
  /** What travels with it. */
  key: string;
  status: string;
}

interface OurCalls {
  service: string;
  calls: number;
  answered: number;
}

const readBoxes = `
  select s.carrier, s.awb, e.reference, s.cod_amount_minor::integer as cod_minor, s.status
  from app_public.shipments_current s
  join app_public.effects e
    on e.merchant_id = s.merchant_id and e.subject_id = s.id and e.kind = 'book_shipment'
  where s.awb is not null`;

const readMessages = `
  select m.merchant_id || ':' || m.id as key, m.status
  from app_public.messages m`;

const countCalls = `
  select service, count(*)::integer as calls, count(http_status)::integer as answered
  from app_public.carrier_calls group by service`;

/** `unlogged`: how many calls those who were killed can have taken with them. */
export async function checkBooks(
  db: pg.Client,
  books: Books,
  services: readonly string[],
  unlogged: number,
): Promise<CheckResult[]> {
  const { rows } = await db.query<OurBox>(readBoxes);
  const boxes = rows.map((box) => ({ ...box, reference: plainReference(box.reference) }));
  const { rows: messages } = await db.query<OurMessage>(readMessages);
  const { rows: calls } = await db.query<OurCalls>(countCalls);
  return [
    ...compareParcels(boxes, theirParcels(books)),
    compareMessages(messages, books.messages),
    compareCalls(
      services.map((service) => {
        const ours = calls.find((row) => row.service === service) ?? { calls: 0, answered: 0 };
        return { ...ours, service, served: callsServed(books, service) };
      }),
      unlogged,
    ),
  ];
}

export function compareParcels(
  boxes: readonly OurBox[],
  parcels: readonly TheirParcel[],
): CheckResult[] {
  return [
    {
      name: "the AWBs in our books are those in the carriers' books",
      wrong: awbsAmiss(boxes, parcels),
    },
    {
      name: 'the couriers collect what is owed, and nothing else',
      wrong: cashAmiss(boxes, parcels),
    },
    { name: 'no box has two live AWBs', wrong: boxesWithTwo(parcels) },
    {
      name: 'what the carriers delivered, returned or lost is so here',
      wrong: endsAmiss(boxes, parcels),
    },
  ];
}

function awbsAmiss(boxes: readonly OurBox[], parcels: readonly TheirParcel[]): string[] {
  const theirs = parcels.filter(({ isLive }) => isLive);
  const ours = boxes.filter(({ status }) => status !== 'cancelled');
  const line = (one: { carrier: string; awb: string; reference: string }) =>
    `${one.carrier} ${one.awb} ${one.reference}`;
  // One that comes back may be cancelled here, and need not be.
  const their = new Set(parcels.filter((one) => one.isLive || one.turnsBack).map(line));
  const our = new Set(ours.map(line));
  return [
    ...ours.filter((one) => !their.has(line(one))).map((one) => `${line(one)} is only in ours`),
    ...theirs.filter((one) => !our.has(line(one))).map((one) => `${line(one)} is only in theirs`),
  ];
}

function cashAmiss(boxes: readonly OurBox[], parcels: readonly TheirParcel[]): string[] {
  const byAwb = new Map(parcels.map((parcel) => [`${parcel.carrier} ${parcel.awb}`, parcel]));
  return boxes.flatMap(({ carrier, awb, cod_minor }) => {
    const parcel = byAwb.get(`${carrier} ${awb}`);
    if (parcel === undefined || parcel.codMinor === cod_minor) return [];
    return [`${carrier} ${awb}: ${parcel.codMinor} paise instead of ${cod_minor}`];
  });
}

/** Of all carriers together: a box that was booked anew elsewhere has lost its first AWB. */
function boxesWithTwo(parcels: readonly TheirParcel[]): string[] {
  const live = parcels.filter(({ isLive }) => isLive);
  return [...Map.groupBy(live, ({ reference }) => reference)]
    .filter(([, sharing]) => sharing.length > 1)
    .map(([reference, sharing]) => {
      return `${reference}: ${sharing.map(({ carrier, awb }) => `${carrier} ${awb}`).join(', ')}`;
    });
}

function endsAmiss(boxes: readonly OurBox[], parcels: readonly TheirParcel[]): string[] {
  const ours = new Map(boxes.map(({ carrier, awb, status }) => [`${carrier} ${awb}`, status]));
  return parcels.flatMap(({ carrier, awb, isLive, turnsBack, end }) => {
    const status = ours.get(`${carrier} ${awb}`);
    if (!isLive && !(turnsBack && status !== 'cancelled')) return [];
    if (end === null || status === undefined || status === end) return [];
    return [`${carrier} ${awb} is ${end}, here ${status}`];
  });
}

export function compareMessages(
  ours: readonly OurMessage[],
  theirs: Books['messages'],
): CheckResult {
  const sent = Map.groupBy(theirs, ({ callbackData }) => callbackData ?? 'no key');
  const known = new Set(ours.map(({ key }) => key));
  return {
    name: 'no message was sent twice, and each that we say was sent was',
    wrong: [
      ...[...sent].filter(([, times]) => times.length > 1).map(([key]) => `${key} was sent twice`),
      ...[...sent.keys()].filter((key) => !known.has(key)).map((key) => `${key} is not ours`),
      ...ours
        .filter(({ key, status }) => status !== 'sending' && status !== 'failed' && !sent.has(key))
        .map(({ key, status }) => `${key} is ${status} here and was never sent`),
    ],
  };
}

/** A row with an answer that nobody gave would be invented. */
export function compareCalls(
  services: readonly (OurCalls & { served: number })[],
  unlogged: number,
): CheckResult {
  const missing = services.reduce((sum, { served, calls }) => sum + served - calls, 0);
  return {
    name: `every call has its log row (${Math.max(0, missing)} are missing; kills explain ${unlogged})`,
    wrong: [
      ...(missing > unlogged ? [`${missing} calls have no row`] : []),
      ...services
        .filter(({ answered, served }) => answered > served)
        .map(
          ({ service, answered, served }) => `${service}: ${answered} answers to ${served} calls`,
        ),
    ],
  };
}
