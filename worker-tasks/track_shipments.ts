/**
 * Caused by: the crontab, every minute.
 * Does: polls the parcels whose carrier was not asked for a while; the safety net under lost webhooks.
 * Twice is harmless: taking the due parcels moves them on, and a scan is one event however often it comes.
 */
import type { Task } from 'graphile-worker';
import { carriers } from '../carriers/registry.ts';
import { CarrierAccountRow } from '../worker/accounts.ts';
import { circuitWait, connectorFor } from '../worker/carrier-connector.ts';
import type { TaskContext } from '../worker/context.ts';
import { scanRows } from '../worker/scan-rows.ts';

/** The smallest number of AWBs that each carrier answers for in one question. */
const atOnce = Math.min(...Object.values(carriers).map(({ mostTracked }) => mostTracked));

interface Batch {
  merchant_id: number;
  account: unknown;
  awbs: string[];
}

export const task =
  (context: TaskContext): Task =>
  async () => {
    const { rows } = await context.db.query<Batch>(
      'select * from app_private.shipments_to_track($1)',
      [atOnce],
    );
    for (const batch of rows) await pollBatch(batch, context);
  };

async function pollBatch(batch: Batch, context: TaskContext): Promise<void> {
  const account = CarrierAccountRow.parse(batch.account);
  const { merchant_id: merchantId, awbs } = batch;
  if ((await circuitWait(merchantId, account, context)) !== null) return;
  const carrier = connectorFor(account, { merchantId, reference: null }, context);
  const tracked = await carrier.track(awbs);
  if (tracked.kind !== 'done') return;
  await context.db.query('select app_private.record_scans($1, $2, $3)', [
    merchantId,
    account.id,
    JSON.stringify(scanRows(tracked.value)),
  ]);
}
