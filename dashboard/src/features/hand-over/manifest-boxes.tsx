import { useCallback, useState } from 'react';
import { useApi } from '../../api/api.ts';
import type { Api } from '../../api/api.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import { useLoaded } from '../account/use-loaded.ts';
import { ActionDialog } from '../order/action-dialog.tsx';
import { statusLabel } from '../workflow/workflows.ts';
import { manifestBoxesQuery, takeOffManifestMutation } from './hand-over.graphql.ts';
import type { BoxesData, BoxRow } from './hand-over.graphql.ts';

interface ManifestBoxesProps {
  manifestId: string;
  onChanged: () => Promise<void>;
}

/** The lines of one manifest. What the van did not take is said here, and waits for the next. */
export function ManifestBoxes({ manifestId, onChanged }: ManifestBoxesProps) {
  const api = useApi();
  const load = useCallback(() => allBoxes(api, manifestId), [api, manifestId]);
  const { value: boxes, problem, act, busy } = useLoaded(load);
  const [leaving, setLeaving] = useState<BoxRow | null>(null);
  const leave = async (box: BoxRow, reason: string) => {
    const done = await act(() =>
      api.request(takeOffManifestMutation, {
        shipmentId: box.shipment.id,
        reason,
        idempotencyKey: newIdempotencyKey(),
      }),
    );
    if (done) setLeaving(null);
    await onChanged();
  };
  return (
    <div className="manifest-boxes" data-testid="manifest-boxes">
      {boxes === null && problem === null && <p className="muted">Loading…</p>}
      <ol>
        {boxes?.map((box) => (
          <Line key={box.line} box={box} manifestId={manifestId} onLeave={() => setLeaving(box)} />
        ))}
      </ol>
      {problem !== null && leaving === null && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      {leaving && (
        <ActionDialog
          title={`Was box ${leaving.shipment.box} of order ${leaving.order.number} left behind?`}
          confirm="Left behind"
          busy={busy}
          error={problem}
          onClose={() => setLeaving(null)}
          onConfirm={(field) => void leave(leaving, field('reason'))}
        >
          <label className="field">
            Why
            <textarea
              name="reason"
              rows={2}
              required
              maxLength={500}
              autoFocus
              data-testid="reason"
            />
          </label>
          <p className="muted small">
            It waits for the next manifest; this one shows it struck through.
          </p>
        </ActionDialog>
      )}
    </div>
  );
}

/** 500 orders at most, 100 a page. */
async function allBoxes(api: Api, id: string): Promise<BoxRow[]> {
  const rows: BoxRow[] = [];
  let after: string | null = null;
  do {
    const { manifest }: BoxesData = await api.request(manifestBoxesQuery, { id, after });
    rows.push(...(manifest?.boxes.nodes ?? []));
    after = manifest?.boxes.pageInfo.hasNextPage ? manifest.boxes.pageInfo.endCursor : null;
  } while (after !== null);
  return rows;
}

interface LineProps {
  box: BoxRow;
  manifestId: string;
  onLeave: () => void;
}

function Line({ box, manifestId, onLeave }: LineProps) {
  const { order, shipment } = box;
  const struck = struckAs(box, manifestId);
  const mayStay = struck === null && shipment.status === 'LABELLED';
  return (
    <li className="manifest-line" data-struck={struck !== null} data-testid={`line-${box.line}`}>
      <a href={`#/stores/${order.store.id}/orders/${order.id}`}>{order.number}</a>
      <code>{shipment.awb}</code>
      {mayStay ? (
        <button type="button" className="button small" onClick={onLeave} data-testid="left-behind">
          Left behind
        </button>
      ) : (
        <span className="tag">{struck ?? statusLabel(shipment.status.toLowerCase())}</span>
      )}
    </li>
  );
}

/** As on paper. */
function struckAs({ order, shipment }: BoxRow, manifestId: string): string | null {
  const calledOff =
    shipment.status === 'CANCELLED' ||
    (shipment.status === 'LABELLED' && order.status === 'CANCELLED');
  if (calledOff) return 'Cancelled';
  return shipment.manifestId === manifestId ? null : 'Left behind';
}
