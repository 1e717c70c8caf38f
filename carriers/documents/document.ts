import PDFDocument from 'pdfkit';

/** A page under construction; coordinates are points from its top left corner. */
export type Page = PDFKit.PDFDocument;

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface DocumentOptions {
  size: readonly [width: number, height: number];
  title: string;
  /** Stands in the file; given, so that the same data is the same file. */
  madeAt: Date;
}

/** 4 by 6 inches, what label printers take. */
export const labelSize = [288, 432] as const;
export const a4 = [595.28, 841.89] as const;

/** Runs the drawing and collects the file. Drawing is synchronous; only the compression is not. */
export function makePdf(options: DocumentOptions, draw: (page: Page) => void): Promise<Uint8Array> {
  const { size, title, madeAt } = options;
  const page = new PDFDocument({
    size: [...size],
    margin: 0,
    bufferPages: true,
    info: { Title: title, Creator: 'Waybill', CreationDate: madeAt },
  });
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    page.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    page.on('end', () => resolve(Buffer.concat(chunks)));
    page.on('error', reject);
    draw(page);
    page.end();
  });
}
