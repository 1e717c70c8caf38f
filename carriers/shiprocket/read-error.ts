import type { HttpAnswer } from '../../outbound/outcome.ts';
import { readBody } from '../read-body.ts';

/** What an answer says is wrong, out of whichever of the five shapes it came in. */
export interface SaidError {
  texts: string[];
  /** The fields of the request that it names. */
  fields: string[];
}

export function readError(answer: HttpAnswer): SaidError {
  return errorIn(readBody(answer).json);
}

function errorIn(json: unknown): SaidError {
  if (typeof json === 'string') return textOrJson(json);
  if (!isRecord(json)) return { texts: [], fields: [] };
  const { message, errors, error } = json;
  const parts = [message, error].map((part) =>
    typeof part === 'string' ? textOrJson(part) : byField(part),
  );
  return join([...parts, byField(errors)]);
}

/** Sometimes the message is a JSON text of the next shape. */
function textOrJson(text: string): SaidError {
  if (!/^\s*[[{]/.test(text)) {
    return { texts: text.trim() === '' ? [] : [text.trim()], fields: [] };
  }
  try {
    const inner: unknown = JSON.parse(text);
    return byField(inner);
  } catch {
    return { texts: [text.trim()], fields: [] };
  }
}

/** `{"billing_pincode": ["The billing pincode must be 6 digits."]}` */
function byField(value: unknown): SaidError {
  if (!isRecord(value)) return { texts: [], fields: [] };
  const texts = Object.values(value)
    .flatMap((said): unknown[] => (Array.isArray(said) ? said : [said]))
    .filter((said) => typeof said === 'string');
  return { texts, fields: texts.length > 0 ? Object.keys(value) : [] };
}

function join(parts: readonly SaidError[]): SaidError {
  return {
    texts: parts.flatMap(({ texts }) => texts),
    fields: parts.flatMap(({ fields }) => fields),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
