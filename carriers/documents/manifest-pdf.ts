import { latinText } from '../latin-text.ts';
import { kilograms, rupees } from './amounts.ts';
import { drawBarCode } from './bar-code.ts';
import { a4, makePdf } from './document.ts';
import type { Page } from './document.ts';
import { drawFitting, drawLine } from './text.ts';

/** The list that is signed when one carrier collects at one location on one day. */
export interface ManifestData {
  /** Counts per merchant: what people call it. */
  number: number;
  carrier: string;
  /** The merchant's account with the carrier. */
  account: string;
  location: { name: string; address: string; city: string; pincode: string; phone: string };
  /** `YYYY-MM-DD` in India. */
  day: string;
  /** The carrier's number of the pickup, when it gave one. */
  pickupReference: string | null;
  parcels: readonly ManifestParcel[];
  /** The member who made it, when it was one. */
  madeBy: string | null;
  madeAt: Date;
}

/** No name and no address: whoever signs needs neither. */
export interface ManifestParcel {
  awb: string;
  reference: string;
  box: number;
  boxes: number;
  pincode: string;
  weightGrams: number;
  /** Zero for prepaid. */
  codMinor: number;
  /**
   * Why it must not be handed over after all, such as `cancelled`. It keeps its line, because the list
   * may have been printed before, but it is struck through, has no bar code and counts for nothing.
   */
  struck: string | null;
}

const margin = 36;
const [pageWidth, pageHeight] = a4;
const width = pageWidth - 2 * margin;
const rowHeight = 34;
const tableTop = 132;
const signatureHeight = 130;
const rowsOnPage = Math.floor((pageHeight - margin - 24 - tableTop - 18) / rowHeight);
const rowsOnLastPage = Math.floor(
  (pageHeight - margin - 24 - tableTop - 18 - signatureHeight) / rowHeight,
);

interface Column {
  title: string;
  x: number;
  width: number;
  align: 'left' | 'right';
}

const columns = {
  number: { title: 'No', x: margin, width: 24, align: 'right' },
  awb: { title: 'AWB', x: margin + 34, width: 178, align: 'left' },
  reference: { title: 'Order', x: margin + 218, width: 96, align: 'left' },
  box: { title: 'Box', x: margin + 318, width: 28, align: 'right' },
  pincode: { title: 'PIN', x: margin + 352, width: 44, align: 'right' },
  weight: { title: 'Weight', x: margin + 400, width: 48, align: 'right' },
  cod: { title: 'COD', x: margin + 452, width: width - 452, align: 'right' },
} as const satisfies Record<string, Column>;

export async function manifestPdf(data: ManifestData): Promise<Uint8Array> {
  if (data.parcels.length === 0) throw new RangeError('A manifest has parcels');
  const twice = data.parcels.length - new Set(data.parcels.map(({ awb }) => awb)).size;
  if (twice > 0) throw new RangeError('A manifest has every AWB once');
  const title = `Manifest ${data.number} ${data.carrier} ${data.location.name} ${data.day}`;
  const pages = pagesOf(data.parcels);
  return makePdf({ size: a4, title, madeAt: data.madeAt }, (page) => {
    let number = 0;
    for (const [at, parcels] of pages.entries()) {
      if (at > 0) page.addPage();
      drawHead(page, data);
      for (const [row, parcel] of parcels.entries()) drawRow(page, ++number, parcel, row);
      drawFoot(page, data, at + 1, pages.length);
    }
    drawTotals(page, data.parcels, pages.at(-1)?.length ?? 0);
    drawSignatures(page, data.carrier);
  });
}

/** The signatures stand below the last rows, never on a page of their own. */
export function pagesOf<Row>(rows: readonly Row[]): Row[][] {
  const pages: Row[][] = [];
  let rest = [...rows];
  while (rest.length > rowsOnLastPage) {
    const taken = Math.min(rowsOnPage, rest.length - 1);
    pages.push(rest.slice(0, taken));
    rest = rest.slice(taken);
  }
  return [...pages, rest];
}

/** The manifest is signed in India, wherever the server stands. */
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kolkata', timeStyle: 'short' });

function drawHead(page: Page, data: ManifestData): void {
  const { number, carrier, account, location, day, pickupReference, madeBy } = data;
  drawLine(page, `Hand-over manifest ${number}`, { x: margin, y: 36 }, { size: 18, bold: true });
  const right = { x: margin, width, align: 'right' as const };
  drawLine(page, latinText(carrier).text, { ...right, y: 36 }, { size: 16, bold: true });
  drawLine(page, `Account ${latinText(account).text}`, { ...right, y: 57 }, { size: 9 });
  const pickup = pickupReference === null ? '' : `Pickup ${pickupReference}`;
  drawLine(page, pickup, { ...right, y: 70 }, { size: 9 });
  drawLine(page, day, { x: margin, y: 59 }, { size: 12, bold: true });
  const made = `made ${clock.format(data.madeAt)}${madeBy === null ? '' : ` by ${latinText(madeBy).text}`}`;
  drawLine(page, made, { x: margin + 78, y: 62 }, { size: 9 });
  const place = `${location.address}, ${location.city} - ${location.pincode}, ${location.phone}`;
  const paragraphs = [
    { text: latinText(location.name).text, bold: true },
    { text: latinText(place).text },
  ];
  drawFitting(page, paragraphs, { x: margin, y: 78, width: width * 0.7, height: 40 }, [10, 8, 6]);
  page
    .rect(margin, tableTop - 4, width, 18)
    .fill('#e6e6e6')
    .fillColor('black');
  for (const column of Object.values(columns)) {
    drawLine(page, column.title, { ...column, y: tableTop }, { size: 9, bold: true });
  }
}

function drawRow(page: Page, number: number, parcel: ManifestParcel, row: number): void {
  const top = tableTop + 18 + row * rowHeight;
  const y = top + 11;
  const style = { size: 9 };
  const cod = parcel.codMinor > 0 ? rupees(parcel.codMinor) : 'prepaid';
  if (parcel.struck === null) {
    drawBarCode(page, parcel.awb, { ...columns.awb, x: columns.awb.x - 8, y: top, height: 19 });
  } else {
    drawLine(
      page,
      parcel.struck.toUpperCase(),
      { ...columns.awb, y: top + 6 },
      { size: 9, bold: true },
    );
    strike(page, y + 4);
  }
  drawLine(page, parcel.awb, { x: columns.awb.x, y: top + 20 }, { size: 8, bold: true });
  drawLine(page, String(number), { ...columns.number, y }, style);
  const reference = [{ text: latinText(parcel.reference).text }];
  drawFitting(page, reference, { ...columns.reference, y: top + 11, height: 22 }, [9, 8, 7, 6]);
  drawLine(page, `${parcel.box}/${parcel.boxes}`, { ...columns.box, y }, style);
  drawLine(page, parcel.pincode, { ...columns.pincode, y }, style);
  drawLine(page, kilograms(parcel.weightGrams), { ...columns.weight, y }, style);
  drawLine(page, cod, { ...columns.cod, y }, { size: 9, bold: parcel.codMinor > 0 });
  const line = top + rowHeight - 3;
  page
    .moveTo(margin, line)
    .lineTo(margin + width, line)
    .lineWidth(0.3)
    .stroke('#999999');
}

function strike(page: Page, y: number): void {
  page
    .moveTo(columns.reference.x - 4, y)
    .lineTo(margin + width, y)
    .lineWidth(1)
    .stroke('black');
}

export interface ManifestTotals {
  parcels: number;
  weightGrams: number;
  codParcels: number;
  codMinor: number;
}

export function totalsOf(lines: readonly ManifestParcel[]): ManifestTotals {
  const parcels = lines.filter(({ struck }) => struck === null);
  const sum = (of: (parcel: ManifestParcel) => number) =>
    parcels.reduce((total, parcel) => total + of(parcel), 0);
  return {
    parcels: parcels.length,
    weightGrams: sum(({ weightGrams }) => weightGrams),
    codParcels: parcels.filter(({ codMinor }) => codMinor > 0).length,
    codMinor: sum(({ codMinor }) => codMinor),
  };
}

function drawTotals(page: Page, parcels: readonly ManifestParcel[], rows: number): void {
  const y = tableTop + 18 + rows * rowHeight + 4;
  const totals = totalsOf(parcels);
  const count = totals.parcels === 1 ? '1 box' : `${totals.parcels} boxes`;
  const text =
    `Total ${count}, ${kilograms(totals.weightGrams)}, ` +
    `COD ${rupees(totals.codMinor)} on ${totals.codParcels}`;
  const at = { x: margin, y, width, align: 'right' as const };
  drawLine(page, text, at, { size: 11, bold: true });
}

function drawSignatures(page: Page, carrier: string): void {
  const top = pageHeight - margin - 24 - 100;
  const half = width / 2 - 12;
  const sides = [
    { x: margin, title: 'Handed over by' },
    { x: margin + half + 24, title: `Received for ${latinText(carrier).text}` },
  ];
  for (const { x, title } of sides) {
    drawLine(page, title, { x, y: top }, { size: 10, bold: true });
    const fields = ['Name', 'Boxes counted', 'Date, time', 'Signature'];
    for (const [at, field] of fields.entries()) {
      const y = top + 18 + at * 21;
      drawLine(page, field, { x, y }, { size: 8 });
      page
        .moveTo(x + 62, y + 9)
        .lineTo(x + half, y + 9)
        .lineWidth(0.5)
        .stroke('black');
    }
  }
}

function drawFoot(
  page: Page,
  { number, carrier, day }: ManifestData,
  at: number,
  of: number,
): void {
  const y = pageHeight - margin - 8;
  drawLine(
    page,
    `Manifest ${number}, ${latinText(carrier).text}, ${day}`,
    { x: margin, y },
    { size: 8 },
  );
  const right = { x: margin, y, width, align: 'right' as const };
  drawLine(page, `Page ${at} of ${of}`, right, { size: 8 });
}
