import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { outcomeOf } from '../support/outcome.ts';
import { claim, fail, mustClaim, readEffect, shipmentOf } from '../support/pipeline.ts';
import { count, one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { deadBooking, letterOf, unknownMessage } from './letters.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const retry = (db: Db, letter: string) =>
  db.query('select app_public.retry_dead_letter($1)', [letter]);

describe('a dead letter tells', () => {
  interface Letter {
    service: string | null;
    carrier_account_id: number | null;
    reference: string;
    operation: string | null;
    last_call: string | null;
    may_have_happened: boolean;
    advice: string;
  }
  const read = (db: Db, letter: string) =>
    one<Letter>(
      db,
      `select d.service, d.carrier_account_id, d.reference, d.operation, d.may_have_happened, d.advice,
         c.answer_masked as last_call
       from app_public.dead_letters d
       left join app_public.carrier_calls c on c.merchant_id = d.merchant_id and c.id = d.last_call_id
       where d.id = $1`,
      [letter],
    );

  test('whose call it was, under which contract and reference, what was last said, what to do', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated');
      await drive(db, merchant, order, 'assigned');
      const { id: shipment } = await shipmentOf(db, order);
      const { effect } = await mustClaim(db, merchant, shipment, 'book_shipment');
      for (const [code, answer] of [
        ['http-500', 'Oh dear'],
        ['pincode-invalid', 'No such PIN'],
        ['other', 'Of another call'],
      ]) {
        await db.query('select app_private.record_call($1, $2)', [
          merchant.id,
          {
            service: 'delhivery',
            account_id: merchant.carrierAccount,
            operation: 'create_shipment',
            reference: effect.reference,
            outcome: 'refused',
            code,
            duration_ms: 1,
            answer_masked: answer,
          },
        ]);
      }
      await fail(db, effect, { outcome: 'refused', code: 'pincode-invalid' });
      expect(await read(db, await letterOf(db, order))).toEqual({
        service: 'delhivery',
        carrier_account_id: merchant.carrierAccount,
        reference: effect.reference,
        operation: 'create_shipment',
        last_call: 'No such PIN',
        may_have_happened: false,
        advice: expect.stringMatching(/^The carrier does not accept the address/) as unknown,
      });
    }));

  test('whose box it was when no call went out', () =>
    database.withRollback(async (db) => {
      const { letter } = await deadBooking(db, merchant);
      expect(await read(db, letter)).toMatchObject({
        service: 'delhivery',
        carrier_account_id: merchant.carrierAccount,
        operation: null,
        last_call: null,
        advice: expect.stringMatching(/^Read the last call/) as unknown,
      });
    }));

  test('that nobody knows whether a message was sent', () =>
    database.withRollback(async (db) => {
      const { letter } = await unknownMessage(db, merchant);
      expect(await read(db, letter)).toMatchObject({
        service: 'whatsapp',
        carrier_account_id: null,
        may_have_happened: true,
        advice: expect.stringMatching(
          /It may have been sent: a retry sends it again\.$/,
        ) as unknown,
      });
    }));
});

const report = (db: Db, message: string, status: string) =>
  value<boolean>(
    db,
    `select app_private.record_message_status($1, $2, 'wamid.1', $3, now(), null) as value`,
    [merchant.id, message, status],
  );

describe('the service reports late that a message was sent', () => {
  test('then nobody is asked to send it again', () =>
    database.withRollback(async (db) => {
      const { order, letter, message } = await unknownMessage(db, merchant);
      await report(db, message, 'delivered');
      await asDba(db);
      expect(await readEffect(db, order, 'message_shipped')).toMatchObject({ status: 'confirmed' });
      expect((await readOrder(db, order)).attention).toBeNull();
      await asMember(db, merchant, 'owner');
      expect((await outcomeOf(retry(db, letter))).code).toBe('WB007');
    }));

  test('after a retry by hand that has not gone out yet: it does not go out', () =>
    database.withRollback(async (db) => {
      const { order, letter, message } = await unknownMessage(db, merchant);
      await asMember(db, merchant, 'owner');
      await retry(db, letter);
      await asDba(db);
      await report(db, message, 'sent');
      expect(await claim(db, merchant, order, 'message_shipped')).toBeNull();
      expect(
        await count(
          db,
          `app_public.order_events where order_id = $1
        and type = 'message_sent'`,
          [order],
        ),
      ).toBe(1);
    }));

  test('that it failed says nothing about another try', () =>
    database.withRollback(async (db) => {
      const { letter, message } = await unknownMessage(db, merchant);
      await report(db, message, 'failed');
      await asMember(db, merchant, 'owner');
      await retry(db, letter);
    }));
});
