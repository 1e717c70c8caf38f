/**
 * Caused by: the crontab, every minute.
 * Does: polls the parcels whose carrier was not asked for a while; the safety net under lost webhooks.
 * Twice is harmless: taking the due parcels moves them on, and a scan is one event however often it comes.
 */
import type { Task } from 'graphile-worker';
import {
  buildTrackByWaybills,
  mostWaybillsAtOnce,
  parseTracking,
} from '../carriers/delhivery/track-shipments.ts';
import { callService } from '../outbound/call.ts';
import { CarrierAccountRow, delhiveryAccount } from '../worker/accounts.ts';
import type { TaskContext } from '../worker/context.ts';
import { scanRows } from '../worker/scan-rows.ts';

const timeoutMs = 20_000;

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
      [mostWaybillsAtOnce],
    );
    for (const batch of rows) await pollBatch(batch, context);
  };

async function pollBatch(batch: Batch, context: TaskContext): Promise<void> {
  const account = CarrierAccountRow.parse(batch.account);
  const { rows } = await context.db.query<{ wait: Date | null }>(
    'select app_private.circuit_wait($1, $2, $3) as wait',
    [batch.merchant_id, account.service, account.id],
  );
  if (rows[0]?.wait != null) return;
  const tracked = await callService(context.db, {
    merchantId: batch.merchant_id,
    service: account.service,
    accountId: account.id,
    operation: 'track',
    reference: null,
    request: buildTrackByWaybills(delhiveryAccount(account, context.config), batch.awbs),
    timeoutMs,
    does: 'read',
    parse: parseTracking,
  });
  if (tracked.kind !== 'done') return;
  const scans = tracked.value.shipments.flatMap((parcel) => parcel.scans);
  await context.db.query('select app_private.record_scans($1, $2, $3)', [
    batch.merchant_id,
    account.id,
    JSON.stringify(scanRows(scans)),
  ]);
}
