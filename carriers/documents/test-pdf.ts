import { inflateSync } from 'node:zlib';

/** What a test can see of a PDF: its pages, its fonts and the text in the PDF's own fonts. */
export interface Seen {
  pages: number;
  fonts: string[];
  text: string;
  /** Filled rectangles: the bars, mostly. */
  rectangles: number;
}

export function look(pdf: Uint8Array): Seen {
  const raw = Buffer.from(pdf).toString('latin1');
  const content = [...raw.matchAll(/stream\n([\s\S]*?)\nendstream/g)]
    .map(([, bytes = '']) => inflated(bytes))
    .join('\n');
  const lines = [...content.matchAll(/\[([^\]]*)\] TJ/g)].map(([, parts = '']) =>
    [...parts.matchAll(/<([0-9a-f]*)>/g)]
      .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
      .join(''),
  );
  return {
    pages: [...raw.matchAll(/\/Type \/Page\b/g)].length,
    fonts: [...raw.matchAll(/\/BaseFont \/(\S+)/g)].map(([, name = '']) => name),
    text: lines.join('\n'),
    rectangles: [...content.matchAll(/ re\b/g)].length,
  };
}

/** Some streams are fonts and no text; what cannot be inflated is none of ours. */
function inflated(bytes: string): string {
  try {
    return inflateSync(Buffer.from(bytes, 'latin1')).toString('latin1');
  } catch {
    return '';
  }
}
