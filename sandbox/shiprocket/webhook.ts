import type { World } from '../world.ts';
import { couriers } from './couriers.ts';
import { istTimestamp, spacedDate } from './dates.ts';
import { shipmentStatus } from './order-status.ts';
import type { SrOrder, SrScan } from './records.ts';

/** The panel refuses addresses with these in them, wherever they stand. */
const refusedWords = /shiprocket|kartrocket|sr|kr/i;

export function mayBeWebhook(url: string): boolean {
  return !refusedWords.test(url);
}

/** The second enumeration, of `current_status_id`: equal numbers in it mean other things. */
const currentStatusIds: Readonly<Record<string, number>> = {
  7: 7,
  8: 8,
  9: 14,
  10: 15,
  12: 25,
  16: 45,
  17: 19,
  18: 20,
  21: 36,
  42: 42,
  46: 44,
};

/** No signature and no id of the event; the whole story each time, newest first. */
export function pushStatus(world: World, order: SrOrder): void {
  const { settings } = world;
  const account = settings.shiprocketAccounts.find(({ email }) => email === order.account);
  const url = account?.webhookUrl ?? settings.shiprocketWebhookUrl;
  if (account === undefined || url === null || !mayBeWebhook(url)) return;
  world.webhooks.send({
    operation: 'shiprocket.webhook',
    account: order.account,
    subject: order.awb ?? String(order.id),
    url,
    headers: { 'content-type': 'application/json', 'x-api-key': account.webhookToken },
    body: JSON.stringify(pushed(world, order, account.companyId)),
    timeoutMs: settings.carrierWebhookTimeoutMs,
    // Nothing is documented: the poll is what can be relied on.
    retryGapsMs: [],
  });
}

function pushed(world: World, order: SrOrder, companyId: number): unknown {
  const { text, code } = shipmentStatus(order);
  const { assignedAt, pickupScheduledAt } = order;
  return {
    awb: order.awb,
    courier_name: couriers.find(({ id }) => id === order.courierId)?.name ?? '',
    current_status: text,
    current_status_id: currentStatusIds[code] ?? code,
    shipment_status: text,
    shipment_status_id: code,
    current_timestamp: spacedDate(order.scans.at(-1)?.at ?? world.now()),
    order_id: `${order.reference}_${companyId}814`,
    sr_order_id: order.id,
    awb_assigned_date: assignedAt === null ? '0000-00-00 00:00:00' : istTimestamp(assignedAt),
    pickup_scheduled_date:
      pickupScheduledAt === null ? '0000-00-00 00:00:00' : istTimestamp(pickupScheduledAt),
    etd: '0000-00-00 00:00:00',
    is_return: 0,
    channel_id: 1,
    pod_status: '',
    pod: '',
    scans: order.scans.map(activityOf).toReversed(),
  };
}

/** An entry of the history; its keys have hyphens. */
export function activityOf(scan: SrScan): object {
  return {
    date: istTimestamp(scan.at),
    status: scan.status,
    activity: scan.activity,
    location: scan.location,
    'sr-status': scan.srStatus,
    'sr-status-label': scan.label,
  };
}
