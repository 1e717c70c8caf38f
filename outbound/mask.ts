import type { HttpAnswer, HttpRequest } from './outcome.ts';

/** How much of a body the call log keeps: enough to see what went wrong. */
const mostCharacters = 2_000;

/** Fields that hold personal data or secrets in the bodies of the services we speak to. */
const personal =
  /"?\b(name|phone|add|address\d?|email|to|text|consignee\w*|seller_add|return_phone|token|password|access_token|pdf_download_link|wa_id|input|recipient_id)"?\s*[:=]\s*("(?:[^"\\]|\\.)*"|[^,&}\]\s]+)/gi;

/** Request line and body with secrets and personal data replaced: what the call log may keep. */
export function maskRequest(request: HttpRequest): string {
  const body = request.body === undefined ? '' : `\n${maskText(decodeForm(request))}`;
  return `${request.method} ${request.url.replace(/([?&](?:token|access_token|signature)=)[^&]*/gi, '$1***')}${body}`;
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
