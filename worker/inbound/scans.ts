import { carriers } from '../../carriers/registry.ts';
import { scanRows } from '../scan-rows.ts';
import type { Processor, Settled } from './messages.ts';

/** What a carrier pushed: each scan is an event, however often and in whatever order it comes. */
export const processScans: Processor = async (messages, { db }) => {
  const scans: object[] = [];
  const settled: Settled[] = [];
  for (const { id, carrier, payload } of messages) {
    if (carrier === null) {
      settled.push({ id, field: 'account', reason: 'The account is gone.' });
      continue;
    }
    const parsed = carriers[carrier].readPush(payload);
    if (parsed.ok) scans.push(...scanRows(parsed.scans));
    settled.push(parsed.ok ? { id } : { id, field: 'scan', reason: parsed.reason });
  }
  const [first] = messages;
  if (first === undefined) return;
  await db.query(
    'select app_private.record_scans($1, $2, $3), app_private.settle_messages($1, $4)',
    [first.merchantId, first.accountId, JSON.stringify(scans), JSON.stringify(settled)],
  );
};
