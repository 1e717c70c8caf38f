import { latinText } from '../latin-text.ts';
import { centimetres, kilograms, rupees } from './amounts.ts';
import { drawBarCode } from './bar-code.ts';
import { labelSize, makePdf } from './document.ts';
import type { Page } from './document.ts';
import { drawFitting, drawLine } from './text.ts';

/** What stands on the label of a carrier that gives the data only. */
export interface LabelData {
  carrier: string;
  /** The carrier's product, such as SURFACE. */
  service: string;
  awb: string;
  /** Routing codes, coarsest first: area and service centre. */
  routing: readonly string[];
  reference: string;
  payment: { mode: 'prepaid' } | { mode: 'cod'; amountMinor: number };
  declaredMinor: number;
  consignee: LabelAddress;
  from: LabelAddress;
  weightGrams: number;
  lengthMm: number;
  widthMm: number;
  heightMm: number;
  description: string;
  box: number;
  boxes: number;
  /** `YYYY-MM-DD` in India. */
  pickupOn: string;
  madeAt: Date;
}

export interface LabelAddress {
  name: string;
  addressLines: readonly string[];
  city: string;
  state: string;
  pincode: string;
  phone: string;
}

const margin = 12;
const [pageWidth] = labelSize;
const width = pageWidth - 2 * margin;

/** One page of 4 by 6 inches. Throws when the address does not fit: a cut one comes back. */
export async function labelPdf(data: LabelData): Promise<Uint8Array> {
  assertLabel(data);
  const title = `${data.carrier} ${data.awb}`;
  return makePdf({ size: labelSize, title, madeAt: data.madeAt }, (page) => {
    drawHead(page, data);
    drawAwb(page, data);
    drawPayment(page, data);
    drawConsignee(page, data);
    drawParcel(page, data);
    drawReturn(page, data);
  });
}

function assertLabel({ awb, routing, payment }: LabelData): void {
  if (awb === '') throw new RangeError('A label has an AWB');
  if (routing.length === 0 || routing.includes('')) throw new RangeError('A label has its routing');
  const amount = 'amountMinor' in payment ? payment.amountMinor : 0;
  if ((payment.mode === 'cod') !== amount > 0) {
    throw new RangeError('A COD label has an amount, a prepaid one has none');
  }
}

function drawHead(page: Page, { carrier, service, box, boxes }: LabelData): void {
  drawLine(page, carrier.toUpperCase(), { x: margin, y: 10 }, { size: 15, bold: true });
  const right = `${service.toUpperCase()} - ${box}/${boxes}`;
  const at = { x: margin, y: 13, width, align: 'right' as const };
  drawLine(page, right, at, { size: 11, bold: true });
  rule(page, 31);
}

function drawAwb(page: Page, { awb, routing }: LabelData): void {
  drawBarCode(page, awb, { x: margin, y: 38, width, height: 52 });
  const centre = { x: margin, width, align: 'centre' as const };
  drawLine(page, awb, { ...centre, y: 93 }, { size: 12, bold: true });
  drawLine(page, routing.join(' / '), { ...centre, y: 110 }, { size: 26, bold: true });
  rule(page, 140);
}

/** White on black where cash is to be asked for: at the door nobody reads small print. */
function drawPayment(page: Page, { payment, declaredMinor }: LabelData): void {
  const centre = { x: margin, y: 146, width, align: 'centre' as const };
  if (payment.mode === 'cod') {
    page.rect(margin, 142, width, 24).fill('black').fillColor('white');
    const text = `COD - COLLECT ${rupees(payment.amountMinor)}`;
    drawLine(page, text, centre, { size: 15, bold: true });
    page.fillColor('black');
  } else {
    drawLine(page, 'PREPAID - DO NOT COLLECT', centre, { size: 13, bold: true });
  }
  const value = { x: margin, y: 168, width, align: 'right' as const };
  drawLine(page, `Declared value ${rupees(declaredMinor)}`, value, { size: 7 });
}

/** In Latin letters, as the carrier was told; below, small, as the customer wrote it. */
function drawConsignee(page: Page, { consignee }: LabelData): void {
  drawLine(page, 'SHIP TO', { x: margin, y: 168 }, { size: 7 });
  const written = [consignee.name, ...consignee.addressLines, consignee.city];
  const latin = written.map(latinText);
  const isForeign = latin.some(({ text }, at) => differs(text, written[at] ?? ''));
  const [name = '', ...address] = latin.map(({ text, lost }) =>
    lost.length === 0 ? text : `${text} [?]`.trim(),
  );
  const state = latinText(consignee.state).text;
  const paragraphs = [
    { text: name, bold: true },
    { text: address.filter(Boolean).join(', ') },
    { text: `${state} - ${consignee.pincode}`, bold: true },
    { text: `Phone ${consignee.phone}` },
  ];
  const box = { x: margin, y: 178, width, height: isForeign ? 92 : 130 };
  const end = drawFitting(page, paragraphs, box, [12, 11, 10, 9, 8, 7, 6]);
  if (end === null) throw new RangeError('The address does not fit on the label');
  if (!isForeign) return;
  const below = { x: margin, y: end + 10, width, height: 308 - end - 10 };
  const asWritten = [{ text: written.filter(Boolean).join(', ') }];
  // It helps a courier who reads that script; where there is no room, the Latin text is whole.
  if (drawFitting(page, asWritten, below, [9, 8, 7, 6]) !== null) {
    drawLine(page, 'AS WRITTEN BY THE CUSTOMER', { x: margin, y: end + 2 }, { size: 5.5 });
  }
}

/** Letters of another script; quotes, dashes and emoji alone are not worth a second text. */
function differs(latin: string, written: string): boolean {
  return (
    /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(written) && latin !== written
  );
}

function drawParcel(page: Page, data: LabelData): void {
  rule(page, 312);
  const { weightGrams, lengthMm, widthMm, heightMm } = data;
  const barBox = { x: margin + width / 2, y: 316, width: width / 2, height: 26 };
  drawBarCode(page, data.reference, barBox);
  const under = { x: barBox.x, y: 344, width: barBox.width, align: 'centre' as const };
  drawLine(page, data.reference, under, { size: 8 });
  const facts = [
    { text: `Order ${data.reference}`, bold: true },
    { text: `${kilograms(weightGrams)}, ${centimetres(lengthMm, widthMm, heightMm)}` },
    { text: `Pickup ${data.pickupOn}` },
  ];
  drawFitting(page, facts, { x: margin, y: 317, width: width / 2 - 4, height: 38 }, [8, 7, 6]);
  const goods = [{ text: `Contents: ${shortened(data.description, 120)}` }];
  drawFitting(page, goods, { x: margin, y: 356, width, height: 20 }, [8, 7, 6]);
}

function drawReturn(page: Page, { from }: LabelData): void {
  rule(page, 380);
  drawLine(page, 'IF UNDELIVERED, RETURN TO', { x: margin, y: 384 }, { size: 6.5 });
  const { name, addressLines, city, state, pincode, phone } = from;
  const place = [city, state].filter(Boolean).join(', ');
  const address = [...addressLines, `${place} - ${pincode}`, `Phone ${phone}`];
  const paragraphs = [
    { text: latinText(name).text, bold: true },
    { text: latinText(address.join(', ')).text },
  ];
  const box = { x: margin, y: 392, width, height: 34 };
  if (drawFitting(page, paragraphs, box, [8, 7, 6, 5]) === null) {
    throw new RangeError('The return address does not fit on the label');
  }
}

/** Only of texts that merely describe. */
function shortened(text: string, most: number): string {
  const latin = latinText(text).text;
  return latin.length <= most ? latin : `${latin.slice(0, most - 3).trimEnd()}...`;
}

function rule(page: Page, y: number): void {
  page
    .moveTo(margin, y)
    .lineTo(pageWidth - margin, y)
    .lineWidth(0.7)
    .stroke('black');
}
