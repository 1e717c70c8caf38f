/** What is wrong with a sheet, and where: the line as an editor counts it, the column by its name. */
export class SheetFault extends Error {
  readonly line: number;
  readonly column: string | null;

  constructor(line: number, column: string | null, message: string) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

export interface SheetRow<Column extends string> {
  line: number;
  /** Trimmed; empty where the sheet lacks an optional column. */
  cells: Readonly<Record<Column, string>>;
}

interface Line {
  line: number;
  cells: string[];
}

/**
 * Reads CSV (RFC 4180) as spreadsheets save and copy it: separated by commas, semicolons or tabs,
 * with or without quotes and a byte order mark, blank lines left out. The first line names the columns.
 */
export function readSheet<Column extends string>(
  text: string,
  columns: Readonly<Record<Column, 'required' | 'optional'>>,
): SheetRow<Column>[] {
  const [head, ...rows] = linesOf(text.replace(/^\uFEFF/, ''));
  if (head === undefined) throw new SheetFault(1, null, 'The sheet is empty.');
  const places = placesOf(head, columns);
  return rows.map(({ line, cells }) => {
    if (cells.length > head.cells.length) {
      throw new SheetFault(line, null, 'The line has more cells than the first one has columns.');
    }
    const named = Object.entries<number>(places).map(([column, at]) => [column, cells[at] ?? '']);
    return { line, cells: Object.fromEntries(named) as Record<Column, string> }; // by its columns
  });
}

function placesOf<Column extends string>(
  { line, cells }: Line,
  columns: Readonly<Record<Column, 'required' | 'optional'>>,
): Record<Column, number> {
  const names = cells.map((cell) => cell.toLowerCase().replace(/[\s-]+/g, '_'));
  const known = Object.keys(columns) as Column[];
  for (const [at, name] of names.entries()) {
    if (!known.includes(name as Column)) {
      throw new SheetFault(line, name, `There is no such column. These are: ${known.join(', ')}.`);
    }
    if (names.indexOf(name) !== at) throw new SheetFault(line, name, 'The column is there twice.');
  }
  const missing = known.find((name) => columns[name] === 'required' && !names.includes(name));
  if (missing) throw new SheetFault(line, missing, 'The column is missing.');
  return Object.fromEntries(known.map((name) => [name, names.indexOf(name)])) as Record<
    Column,
    number
  >;
}

/** One cell: quoted, with whatever marks in it, or up to the next mark. */
const quoted = /[ ]*"((?:[^"]|"")*)"[ ]*/y;
const lineEnd = /\r\n|\n|\r/g;

function linesOf(text: string): Line[] {
  const separator = separatorOf(text);
  const plain = new RegExp(`[^${separator}\r\n]*`, 'y');
  const mark = new RegExp(`${separator}|\r\n|\n|\r|$`, 'y');
  const lines: Line[] = [{ line: 1, cells: [] }];
  let line = 1;
  let at = 0;
  for (let ended = ''; ;) {
    const inQuotes = matchAt(quoted, text, at);
    const given = inQuotes ?? matchAt(plain, text, at);
    const raw = given?.[0] ?? '';
    lines.at(-1)?.cells.push((inQuotes?.[1]?.replaceAll('""', '"') ?? raw).trim());
    line += raw.match(lineEnd)?.length ?? 0;
    at += raw.length;
    const end = inQuotes === null && raw.includes('"') ? null : matchAt(mark, text, at);
    if (end === null) {
      throw new SheetFault(line, null, 'A quotation mark is not closed, or stands within a cell.');
    }
    [ended] = end;
    at += ended.length;
    if (ended === '') break;
    if (ended === separator) continue;
    line += 1;
    lines.push({ line, cells: [] });
  }
  return lines.filter(({ cells }) => cells.some((cell) => cell !== ''));
}

/** The mark that the first line has: whoever copies from a spreadsheet gets tabs. */
function separatorOf(text: string): string {
  const head = text.split(/\r|\n/, 1)[0] ?? '';
  return ['\t', ';'].find((mark) => head.includes(mark)) ?? ',';
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
