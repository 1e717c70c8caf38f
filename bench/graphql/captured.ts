/** What the real server sends for each operation: one request of each, read along on its way. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { demoMembers, demoPassword } from '../../demo/credentials.ts';
import { captureStatements } from './capture.ts';
import type { Transaction } from './capture.ts';
import { placeholder } from './operations.ts';
import type { BenchOperation } from './operations.ts';
import { startGraphQLServer } from './processes.ts';

/** As whom it is sent: the demo's manager. */
export const memberSettings = {
  role: 'waybill_member',
  'jwt.claims.merchant_id': '1',
  'jwt.claims.member_id': '2',
  'jwt.claims.role': 'manager',
  statement_timeout: '8s',
};

/** By operation, and in it by set of variables. */
export async function captureOperations(
  url: string,
  admin: pg.Client,
  operations: BenchOperation[],
  secret?: string,
): Promise<Map<string, Transaction[][]>> {
  const capture = await captureStatements(url);
  const server = await startGraphQLServer(capture.url, secret);
  try {
    const token = await signIn(server.url);
    const [order = ''] = await newOrders(admin, 1);
    const captured = new Map<string, Transaction[][]>();
    for (const operation of operations) {
      const variants: Transaction[][] = [];
      for (const variables of operation.variables) {
        const own = { order, key: randomUUID() };
        const sent = await capture.during(() => ask(server.url, token, operation, variables, own));
        variants.push(withPlaceholders(sent, own));
      }
      captured.set(operation.name, variants);
    }
    return captured;
  } finally {
    await server.stop();
    await capture.close();
  }
}

/** In status pending. In chunks: the merchant's counter is one row, whose versions pile up. */
export async function newOrders(
  admin: pg.Client,
  count: number,
  workflow = 'shipping',
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { rows } = await admin.query<{ id: string }>(
      `with claims as materialized (
         select set_config('jwt.claims.merchant_id', '1', false), set_config('jwt.claims.role', 'manager', false)
       )
       select (app_public.place_order(jsonb_build_object(
         'store_id', (select id from app_public.stores where merchant_id = 1 and workflow = $1),
         'payment_mode', 'prepaid', 'total_minor', 79900,
         'items', '[{"title": "Cotton kurta", "quantity": 1, "unit_price_minor": 79900}]'::jsonb,
         'ship_to', '{"name": "Asha R", "phone": "+919847000000", "address1": "12/4 Beach Road", "pincode": "682001"}'::jsonb
       ))).id
       from claims, generate_series(1, $2)`,
      [workflow, Math.min(200, count - ids.length)],
    );
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}

export async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: demoMembers[1].email, password: demoPassword }),
  });
  const answer = (await response.json()) as { accessToken?: string }; // as server/auth/routes.ts says
  if (!answer.accessToken) throw new Error(`Signing in was refused: ${JSON.stringify(answer)}`);
  return answer.accessToken;
}

async function ask(
  url: string,
  token: string,
  { name, query }: BenchOperation,
  variables: Record<string, unknown>,
  { order, key }: typeof placeholder,
): Promise<void> {
  const body = JSON.stringify({ query, variables })
    .replaceAll(placeholder.order, order)
    .replaceAll(placeholder.key, key);
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  const answer = await response.text();
  if (!response.ok || answer.includes('"errors":')) throw new Error(`${name}: ${answer}`);
}

function withPlaceholders(
  transactions: Transaction[],
  { order, key }: typeof placeholder,
): Transaction[] {
  const text = JSON.stringify(transactions)
    .replaceAll(order, placeholder.order)
    .replaceAll(key, placeholder.key);
  return JSON.parse(text) as Transaction[]; // the same shape
}
