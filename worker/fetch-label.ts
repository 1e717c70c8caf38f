/** The label of a booked parcel: its own retryable step, because Delhivery may take a minute for it. */
import {
  buildLabelDownload,
  buildPackingSlip,
  parseLabelDownload,
  parsePackingSlip,
} from '../carriers/delhivery/packing-slip.ts';
import { delhiveryAccount } from './accounts.ts';
import type { TaskContext } from './context.ts';
import type { Attempt, Effect } from './effect-task.ts';
import { callCarrier, ShipmentContext } from './shipment-context.ts';

const notYet: Attempt = {
  kind: 'transient',
  code: 'NOT_MANIFESTED_YET',
  message: 'Delhivery has no label for this waybill yet.',
};

export async function fetchLabel(effect: Effect, context: TaskContext): Promise<Attempt> {
  const { shipment, account: row } = ShipmentContext.parse(effect.context);
  const account = delhiveryAccount(row, context.config);
  const awb = shipment.awb ?? '';
  const slip = await callCarrier(effect, row, context, {
    operation: 'packing_slip',
    request: buildPackingSlip(account, awb),
    does: 'read',
    parse: (answer) => parsePackingSlip(account, awb, answer),
  });
  if (slip.kind === 'absent' || slip.kind === 'exists') return notYet;
  if (slip.kind !== 'done') return slip;
  const label = await callCarrier(effect, row, context, {
    operation: 'download_label',
    request: buildLabelDownload(slip.value.link),
    does: 'read',
    parse: parseLabelDownload,
  });
  if (label.kind === 'absent' || label.kind === 'exists') return notYet;
  if (label.kind !== 'done') return label;
  await context.db.query('select app_private.record_label($1, $2, $3, $4)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    Buffer.from(label.value.pdf),
  ]);
  return { kind: 'recorded' };
}
