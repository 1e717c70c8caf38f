import { describe, expect, test } from '@jest/globals';
import type { HttpAnswer, Outcome } from '../../outbound/outcome.ts';
import { parseCancelShipment } from './cancel-shipment.ts';
import { parseCreateShipment } from './create-shipment.ts';
import { parseLabelDownload, parsePackingSlip } from './packing-slip.ts';
import { parseRequestPickup } from './request-pickup.ts';
import { parseReserveWaybills } from './reserve-waybills.ts';
import { account, answerOf, booking } from './samples.ts';
import { parseServiceability } from './serviceability.ts';
import { parseTracking } from './track-shipments.ts';

type Parse = (answer: HttpAnswer) => Outcome<unknown>;

const reads: [string, Parse][] = [
  ['serviceability', (answer) => parseServiceability('682001', answer)],
  ['reserve', parseReserveWaybills],
  ['packing slip', (answer) => parsePackingSlip(account, booking.waybill, answer)],
  ['tracking', parseTracking],
];
const effects: [string, Parse][] = [
  ['create', (answer) => parseCreateShipment(booking, answer)],
  ['pickup', parseRequestPickup],
  ['cancel', (answer) => parseCancelShipment(booking.waybill, answer)],
];

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  answerOf({ status, headers, body });

const hidden =
  '"There has been an error but we were asked to not let you see that. ' +
  'Please contact the dev team."';
const unauthorised = '{"detail":"Authentication credentials were not provided."}';
const garbage = ['', '<html>502</html>', '{"a":', 'null', '[]', '42', hidden, '{}', '\u0000'];

describe.each([...reads, ...effects])('%s', (_name, parse) => {
  test.each([
    [401, unauthorised],
    [401, hidden],
    [403, unauthorised],
    [200, '<root><detail>Login or API Key Required</detail></root>'],
    [400, 'Authentication credentials were not provided.'],
  ])('HTTP %i with a refused token stops the account', (status, body) => {
    expect(parse(answer(status, body))).toMatchObject({ kind: 'account', code: 'authentication' });
  });

  test.each([
    [429, '', { 'retry-after': '8' }, 8000],
    [429, '', { 'retry-after': '2.5' }, 2500],
    [429, '{"detail":"Throttled, wait 8 seconds."}', {}, 8000],
    [429, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 30_000],
    [403, '<html>Request blocked</html>', {}, 30_000],
  ])('HTTP %i %s %j did not happen and waits', (status, body, headers, retryAfterMs) => {
    const outcome = parse(answer(status, body, headers));
    expect(outcome).toMatchObject({ kind: 'transient', code: 'rate-limited', retryAfterMs });
  });
});

describe.each(reads)('reading: %s', (_name, parse) => {
  test.each([500, 502, 503, 504, 408])('HTTP %i is worth another try', (status) => {
    expect(parse(answer(status, '{}'))).toMatchObject({ kind: 'transient' });
  });

  test.each(garbage)('a body of %p is drift', (body) => {
    expect(parse(answer(200, body))).toMatchObject({ kind: 'drift' });
  });
});

describe.each(effects)('changing: %s', (_name, parse) => {
  test.each([500, 502, 503, 504, 408])('HTTP %i may hide that it happened', (status) => {
    const outcome = parse(answer(status, '{"success":true}'));
    expect(outcome).toMatchObject({ kind: 'unknown', code: `http-${status}` });
  });

  test.each(garbage)('a body of %p may hide that it happened', (body) => {
    expect(parse(answer(200, body))).toMatchObject({ kind: 'unknown' });
    expect(parse(answer(400, body)).kind).toMatch(/^(?:unknown|refused)$/);
  });
});

describe('the label file', () => {
  test.each([403, 404, 410])('HTTP %i: the link has expired', (status) => {
    const outcome = parseLabelDownload(answer(status, '<Error>expired</Error>'));
    expect(outcome).toMatchObject({ kind: 'transient', code: 'label-link-expired' });
  });

  test.each(['', '<html>login</html>', ' %PDF-1.4', 'PDF'])('%p is no PDF', (body) => {
    expect(parseLabelDownload(answer(200, body))).toMatchObject({ kind: 'drift' });
  });
});
