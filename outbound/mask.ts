import type { HttpAnswer, HttpRequest } from './outcome.ts';

/** How much of a body the call log keeps: enough to see what went wrong. */
const mostCharacters = 2_000;

/** Fields that hold personal data or secrets in the bodies of the services we speak to. */
const fields = [
  '(?:\\w+_)?name|(?:first|last|full)name',
  '(?:\\w+_)?(?:tele)?phone\\d?|mobile|wa_id|recipient_id|to|input',
  '(?:\\w+_)?(?:add|address_?\\d?|city|state|province|pin|pin_?code|zip)',
  '(?:\\w+_)?email|text|note|comments?|delivered_to|received_?by|receiver\\w*',
  '(?:consignee|customer|return)\\w*|\\w*printcontent',
  'token|access_token|password|licen[cs]e_?key|jwt_?token',
  'pdf_download_link|(?:label|manifest)_url',
].join('|');
/** A JSON text, a list, or whatever stands there; an object's fields are looked at one by one. */
const value = '"(?:[^"\\\\]|\\\\.)*"?|\\[[^\\]{]*\\]?|[^,&}\\]\\n"{[\\s][^,&}\\]\\n"{[]*';
const personal = new RegExp(`"?\\b(${fields})"?\\s*[:=]\\s*(?:${value})`, 'gi');

/** Request line and body with secrets and personal data replaced: what the call log may keep. */
export function maskRequest(request: HttpRequest): string {
  const body = request.body === undefined ? '' : `\n${maskText(decodeForm(request))}`;
  return `${request.method} ${request.url.replace(/([?&](?:token|access_token|signature|lickey)=)[^&]*/gi, '$1***')}${body}`;
}

export function maskAnswer(answer: HttpAnswer): string {
  const type = answer.headers['content-type'] ?? '';
  if (/pdf|octet-stream|image/.test(type)) return `${type}, ${answer.bytes.length} bytes`;
  return maskText(new TextDecoder().decode(answer.bytes));
}

function decodeForm(request: HttpRequest): string {
  const body = request.body ?? '';
  if (!(request.headers['content-type'] ?? '').includes('form-urlencoded')) return body;
  return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).join('&');
}

export function maskText(text: string): string {
  return text
    .replaceAll('\0', '')
    .replace(personal, (_, field: string) => `"${field}":"***"`)
    .slice(0, mostCharacters);
}
