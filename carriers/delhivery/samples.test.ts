import { describe, expect, test } from '@jest/globals';
import type { HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { buildCancelShipment, parseCancelShipment } from './cancel-shipment.ts';
import { buildCreateShipment, parseCreateShipment } from './create-shipment.ts';
import {
  buildLabelDownload,
  buildPackingSlip,
  parseLabelDownload,
  parsePackingSlip,
} from './packing-slip.ts';
import { buildRequestPickup, parseRequestPickup } from './request-pickup.ts';
import {
  buildReserveWaybill,
  buildReserveWaybills,
  parseReserveWaybills,
} from './reserve-waybills.ts';
import * as samples from './samples.ts';
import { buildServiceability, parseServiceability } from './serviceability.ts';
import { buildTrackByReferences, buildTrackByWaybills, parseTracking } from './track-shipments.ts';

const { account, answerOf, booking } = samples;
const { waybill } = booking;
const link = 'https://labels.s3.example/57930810000011.pdf?X-Amz-Signature=abc';
const wish = { location: 'KOCHI-1', date: '2026-01-06', time: '15:00:00', expectedPackages: 12 };

interface Case {
  sample: samples.Sample;
  request: HttpRequest;
  outcome: Outcome<unknown>;
  expected: Outcome<unknown>;
}

const cases: Record<string, Case> = {
  serviceability: {
    sample: samples.serviceability,
    request: buildServiceability(account, '682001'),
    outcome: parseServiceability('682001', answerOf(samples.serviceability.answer)),
    expected: {
      kind: 'done',
      value: {
        pincode: '682001',
        serviceable: true,
        embargo: false,
        prepaid: true,
        cod: true,
        pickup: true,
        city: 'Kochi',
        stateCode: 'KL',
        sortCode: 'COK/WIL',
      },
    },
  },
  'reserving many waybills': {
    sample: samples.reserveBulk,
    request: buildReserveWaybills(account, 2),
    outcome: parseReserveWaybills(answerOf(samples.reserveBulk.answer)),
    expected: { kind: 'done', value: ['57930810000011', '57930810000022'] },
  },
  'reserving one waybill': {
    sample: samples.reserveOne,
    request: buildReserveWaybill(account),
    outcome: parseReserveWaybills(answerOf(samples.reserveOne.answer)),
    expected: { kind: 'done', value: ['57930810000011'] },
  },
  'creating a shipment': {
    sample: samples.create,
    request: buildCreateShipment(account, booking),
    outcome: parseCreateShipment(booking, answerOf(samples.create.answer)),
    expected: {
      kind: 'done',
      value: {
        waybill,
        reference: 'SHOP1-10021',
        sortCode: 'COK/WIL',
        uploadId: 'UPL1234567890',
      },
    },
  },
  'creating it again': {
    sample: samples.createRefused,
    request: buildCreateShipment(account, booking),
    outcome: parseCreateShipment(booking, answerOf(samples.createRefused.answer)),
    expected: {
      kind: 'exists',
      code: 'duplicate-order-id',
      message: 'Delhivery has this order reference already',
    },
  },
  'the packing slip': {
    sample: samples.packingSlip,
    request: buildPackingSlip(account, waybill),
    outcome: parsePackingSlip(account, waybill, answerOf(samples.packingSlip.answer)),
    expected: { kind: 'done', value: { link } },
  },
  'the label itself': {
    sample: samples.labelDownload,
    request: buildLabelDownload(link),
    outcome: parseLabelDownload(answerOf(samples.labelDownload.answer)),
    expected: { kind: 'done', value: { pdf: answerOf(samples.labelDownload.answer).bytes } },
  },
  'asking the courier to come': {
    sample: samples.requestPickup,
    request: buildRequestPickup(account, wish),
    outcome: parseRequestPickup(answerOf(samples.requestPickup.answer)),
    expected: { kind: 'done', value: { pickupId: '123456', how: 'new' } },
  },
  'looking up a reference': {
    sample: samples.trackingUnknown,
    request: buildTrackByReferences(account, ['SHOP1-10021']),
    outcome: parseTracking(answerOf(samples.trackingUnknown.answer)),
    expected: { kind: 'absent' },
  },
  cancelling: {
    sample: samples.cancel,
    request: buildCancelShipment(account, waybill),
    outcome: parseCancelShipment(waybill, answerOf(samples.cancel.answer)),
    expected: { kind: 'done', value: true },
  },
};

describe('what we send and read is what went over the wire', () => {
  test.each(Object.entries(cases))('%s', (_name, { sample, request, outcome, expected }) => {
    expect(request).toEqual(sample.request);
    expect(outcome).toEqual(expected);
  });

  test('tracking', () => {
    const request = buildTrackByWaybills(account, ['57930810000011', '57930810000022']);
    expect(request).toEqual(samples.tracking.request);
  });
});

describe('the token', () => {
  test.each(Object.entries(cases))('%s: never in the address', (_name, { request }) => {
    expect(request.url).not.toContain(account.token);
    expect(request.body ?? '').not.toContain(account.token);
  });

  test('does not travel to the host that keeps the labels', () => {
    expect(JSON.stringify(buildLabelDownload(link))).not.toContain(account.token);
  });
});
