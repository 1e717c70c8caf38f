import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startCalmSandbox } from '../../sandbox/test-client.ts';
import type { Tools } from '../connector.ts';
import type { Parcel } from '../parcel.ts';
import { testTools } from '../test-tools.ts';
import { shiprocket } from './connector.ts';
import { booking } from './samples.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startCalmSandbox({ parcelStepMs: 60_000 });
});
afterEach(() => sandbox.close());

const from = {
  registeredName: booking.pickupLocation,
  name: 'Kochi Cotton',
  address: '7 MG Road',
  city: 'Kochi',
  state: 'Kerala',
  pincode: '682001',
  phone: '9847000000',
};

function parcelTo(email: string | null): Parcel {
  const lines = booking.lines.map(({ sku, name, units, unitPriceMinor, hsnCode }) => ({
    sku,
    title: name,
    quantity: units,
    unitPriceMinor,
    hsnCode,
  }));
  const rest = { serviceCodes: ['24'], sellerName: 'Kochi Cotton', pickupOn: '2026-11-23' };
  return {
    ...booking,
    ...rest,
    consignee: { ...booking.consignee, email },
    from,
    lines,
    box: 1,
    boxes: 1,
  };
}

/** The e-mail address that an order is created with. */
async function emailFor(parcel: Parcel): Promise<unknown> {
  const tools = testTools({ service: 'shiprocket' });
  const sent: unknown[] = [];
  const call: Tools['call'] = (operation, policy, request, parse) => {
    if (operation === 'create_order') sent.push(JSON.parse(request.body ?? 'null'));
    return tools.call(operation, policy, request, parse);
  };
  const connector = shiprocket.connect(
    {
      baseUrl: `${sandbox.url}/shiprocket/v1/external`,
      credentials: { email: 'api@sandbox.example', password: 'sandbox-shiprocket-password' },
      settings: { contact_email: 'orders@kochicotton.example' },
    },
    { ...tools, call },
  );
  const booked = await connector.book({
    parcel,
    foundSending: false,
    settlesAt: new Date(),
    reservedNumber: null,
    stockNumbers: () => Promise.reject(new Error('Shiprocket reserves no numbers')),
    memory: null,
    remember: () => Promise.resolve(),
  });
  expect(booked.kind).toBe('done');
  expect(sent).toHaveLength(1);
  return (sent[0] as Record<string, unknown>)['billing_email'];
}

test.each([
  ['asha@example.com', 'asha@example.com'],
  [null, 'orders@kochicotton.example'],
  ['asha at example', 'orders@kochicotton.example'],
  ['', 'orders@kochicotton.example'],
])(
  'the e-mail address %j is no reason to refuse a parcel: it goes with %s',
  async (given, sent) => {
    expect(await emailFor(parcelTo(given))).toBe(sent);
  },
);
