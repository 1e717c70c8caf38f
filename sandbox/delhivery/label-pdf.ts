import type { Parcel } from '../records.ts';
import { code128 } from './code-128.ts';
import { placeOf } from './postal-circles.ts';

export type PageSize = 'A4' | '4R';

/** In points; 4R is the label printers' 4 by 6 inches. */
const pages: Readonly<Record<PageSize, readonly [width: number, height: number]>> = {
  A4: [595, 842],
  '4R': [288, 432],
};

const margin = 18;

/** A one-page PDF with the number as text and as a barcode that scanners read. */
export function labelPdf(parcel: Parcel, size: PageSize): Buffer {
  const [width, height] = pages[size];
  const content = [
    line(height - 30, 14, `DELHIVERY   ${parcel.client}`),
    barcode(parcel.awb, height - 100),
    line(height - 116, 12, parcel.awb),
    line(height - 140, 11, placeOf(parcel.pin)?.sortCode ?? ''),
    line(height - 166, 10, `To: ${parcel.consigneeName}`),
    ...wrap(`${parcel.address}, ${parcel.city}, ${parcel.state} - ${parcel.pin}`).map((text, at) =>
      line(height - 182 - at * 13, 9, text),
    ),
    line(height - 290, 12, parcel.payment === 'COD' ? `COD INR ${parcel.codAmount}` : 'Pre-paid'),
    line(height - 310, 9, `Order: ${parcel.reference}   Weight: ${parcel.weightGrams} g`),
    line(height - 326, 9, parcel.productsDescription.slice(0, 60)),
    line(height - 342, 9, `If undelivered return to: ${parcel.warehouse}`),
  ].join('\n');
  return assemble(width, height, content);
}

export function barcode(awb: string, bottom: number): string {
  const module = 1.4;
  let x = margin;
  const bars: string[] = [];
  for (const [at, width] of code128(awb).entries()) {
    if (at % 2 === 0) bars.push(`${x.toFixed(2)} ${bottom} ${(width * module).toFixed(2)} 50 re f`);
    x += width * module;
  }
  return bars.join('\n');
}

export function line(y: number, points: number, text: string): string {
  return `BT /F1 ${points} Tf ${margin} ${y} Td (${escape(text)}) Tj ET`;
}

/** Helvetica knows Latin 1 only; other scripts print as question marks, as on many real labels. */
function escape(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/gu, '?').replace(/[\\()]/g, '\\$&');
}

function wrap(text: string): string[] {
  return (text.match(/.{1,48}(?:\s|$)|\S{1,48}/g) ?? []).slice(0, 7).map((part) => part.trim());
}

export function assemble(width: number, height: number, content: string): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents 4 0 R ` +
      '/Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, at) => {
    const offset = file.length;
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return String(offset).padStart(10, '0');
  });
  const tableAt = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  file += offsets.map((offset) => `${offset} 00000 n \n`).join('');
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${tableAt}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}
