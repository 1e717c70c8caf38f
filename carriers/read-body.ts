import type { HttpAnswer } from '../outbound/outcome.ts';

/**
 * An answer's text as far as it can be read; XML is left as text, because only one call returns it.
 */
export interface Body {
  text: string;
  /** Undefined when the text is no JSON. */
  json: unknown;
}

/** Content types lie and HTTP 200 says nothing, so the body alone decides. */
export function readBody(answer: HttpAnswer): Body {
  const text = new TextDecoder().decode(answer.bytes);
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch {
    return { text, json: undefined };
  }
}

/** Every text inside a JSON value: errors sit under ever other keys. */
export function textsIn(value: unknown, depth = 4): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim()];
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => textsIn(inner, depth - 1));
}

/** Content of the first such element, without its tags; null when there is none. */
export function xmlField(text: string, name: string): string | null {
  const match = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`, 'i').exec(text);
  return match?.[1]?.trim() ?? null;
}

/**
 * A carrier's text for people and logs: without long digit runs (phones, waybills), mail addresses
 * and the given values, and not endless.
 */
export function redact(text: string, values: readonly string[] = []): string {
  const masked = values
    .filter((value) => value.trim().length > 1)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, '…'), text.slice(0, 2000));
  return masked
    .replace(/[^\s@<>"']+@[^\s@<>"']+/g, '…')
    .replace(/\+?\d[\d -]{5,}\d/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
