/**
 * Reads the form body the way the real service does. Clients that forget to encode `data` are
 * common, and what then breaks is exactly what must break here too.
 */
export function readForm(body: string): Map<string, string> {
  const fields = new Map<string, string>();
  // The old form parser takes `;` for a separator as well.
  for (const part of body.split(/[&;]/)) {
    const at = part.indexOf('=');
    if (at > 0) fields.set(decode(part.slice(0, at)), decode(part.slice(at + 1)));
  }
  return fields;
}

function decode(value: string): string {
  // A raw `#` or a `%` that starts no escape ends the value: nobody who encodes sends them.
  const wellFormed = /^(?:[^%#]|%[0-9a-f]{2})*/i.exec(value)?.[0] ?? '';
  const bytes = wellFormed
    .replace(/\+/g, ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replace(/%/g, ''), 'hex').toString());
  return bytes;
}

export type ParsedJson = { value: unknown } | { error: string };

/** JSON with the wording of Python's parser, which is what clients see and match on. */
export function parseLikePython(text: string): ParsedJson {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return { error: describe(text) };
  }
}

function describe(text: string): string {
  let openedAt = -1;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at] ?? '';
    if (openedAt < 0) {
      if (unit === '"') openedAt = at;
    } else if (unit === '\\') {
      if (!/["\\/bfnrtu]/.test(text[at + 1] ?? '"')) return place('Invalid \\escape:', text, at);
      at += 1;
    } else if (unit === '"') {
      openedAt = -1;
    } else if (unit < ' ') {
      return place('Invalid control character at:', text, at);
    }
  }
  if (openedAt >= 0) return place('Unterminated string starting at:', text, openedAt);
  return text.trim() === '' ? 'No JSON object could be decoded' : 'Expecting , delimiter: line 1';
}

function place(problem: string, text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  return `${problem} line ${before.length} column ${column} (char ${at})`;
}
