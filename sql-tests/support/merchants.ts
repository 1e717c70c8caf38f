import { value } from './query.ts';
import type { Db } from './query.ts';

export type OrderWorkflow = 'automated' | 'shipping' | 'pickup';

/** A merchant by the ids of what it has: members by role, stores by workflow. */
export interface Merchant {
  id: number;
  owner: number;
  manager: number;
  staff: number;
  location: number;
  carrierAccount: number;
  messageAccount: number;
  automated: number;
  shipping: number;
  pickup: number;
}

export async function addMerchant(db: Db, name: string): Promise<Merchant> {
  const id = await insert(db, 'merchants (name) values ($1)', [name]);
  const location = await insert(
    db,
    `locations (merchant_id, name, address, city, state, pincode, phone)
     values ($1, 'KOCHI-1', '1 Marine Drive', 'Kochi', 'Kerala', '682001', '+919847000001')`,
    [id],
  );
  const carrierAccount = await insert(
    db,
    `carrier_accounts (merchant_id, carrier, name) values ($1, 'delhivery', 'Delhivery')`,
    [id],
  );
  await db.query(
    `insert into app_public.carrier_locations values ($1, $2, $3, 'WAYBILL KOCHI-1')`,
    [id, carrierAccount, location],
  );
  const messageAccount = await insert(
    db,
    `message_accounts (merchant_id, phone_number_id, waba_id) values ($1, $2, '220033004400')`,
    [id, `1100${id}`],
  );
  await addTemplates(db, id);
  const member = (role: string) =>
    insert(db, 'members (merchant_id, email, name, role) values ($1, $2, $3, $3)', [
      id,
      `${role}@merchant-${id}.example`,
      role,
    ]);
  const store = (workflow: OrderWorkflow, channel: string) =>
    insert(
      db,
      `stores (merchant_id, name, channel, workflow, location_id, shop_domain)
       values ($1, $2, $3, $2, $4, $5)`,
      [id, workflow, channel, location, `shop-${id}.example`],
    );
  return {
    id,
    location,
    carrierAccount,
    messageAccount,
    owner: await member('owner'),
    manager: await member('manager'),
    staff: await member('staff'),
    automated: await store('automated', 'shopify'),
    shipping: await store('shipping', 'web'),
    pickup: await store('pickup', 'counter'),
  };
}

/** Two merchants, so that what belongs to the one can be hidden from the other. */
export async function addTwoMerchants(db: Db): Promise<{ mine: Merchant; other: Merchant }> {
  return { mine: await addMerchant(db, 'Kochi Cotton'), other: await addMerchant(db, 'Other') };
}

async function addTemplates(db: Db, merchant: number): Promise<void> {
  await db.query(
    `insert into app_public.message_templates
       (merchant_id, name, message_kind, body, parameters, status)
     select $1, k, k, 'Hello {{1}}', '{name}', 'APPROVED'
     from unnest(array['message_packed', 'message_shipped', 'message_delivered',
       'message_ready']) k`,
    [merchant],
  );
}

/** `what` is a literal of this file; values are parameters. */
function insert(db: Db, what: string, values: unknown[]): Promise<number> {
  return value<number>(db, `insert into app_public.${what} returning id as value`, values);
}
