import { useState } from 'react';
import type { Step } from '../workflow/workflows.ts';
import { canCancel, isTerminal, nextStepOf, otherStepOf } from '../workflow/workflows.ts';
import { ReasonDialog } from './reason-dialog.tsx';
import { ShipDialog } from './ship-dialog.tsx';
import { shipMutation, transitionMutation } from './moves.graphql.ts';
import type { OrderDetails } from './order.graphql.ts';
import type { Moves } from './use-moves.ts';

interface StepsProps {
  order: OrderDetails;
  moves: Moves;
}

const cancel: Step = { to: 'cancelled', label: 'Cancel order…', needsReason: true };

/** What can be done now: one big button for the next step, quiet ones for the rest. */
export function Steps({ order, moves }: StepsProps) {
  const [asking, setAsking] = useState<Step | null>(null);
  const status = order.status.toLowerCase();
  const next = nextStepOf(order.workflow, status);
  const other = otherStepOf(order.workflow, status);
  const close = () => setAsking(null);

  async function move(step: Step, reason: string | null): Promise<void> {
    const expected = { orderId: order.id, expectedStatus: status.toUpperCase() };
    const variables = { ...expected, toStatus: step.to.toUpperCase(), reason };
    await moves.send(transitionMutation, variables);
    close();
  }

  async function ship(trackingCode: string, trackingUrl: string): Promise<void> {
    const tracking = { trackingCode, trackingUrl: trackingUrl === '' ? null : trackingUrl };
    const variables = { orderId: order.id, expectedStatus: status.toUpperCase(), ...tracking };
    // A refused code stays in the dialog to be corrected.
    if (await moves.send(shipMutation, variables)) close();
  }

  function begin(step: Step): void {
    moves.forget();
    if (step.needsTracking || step.needsReason) setAsking(step);
    else void move(step, null);
  }

  return (
    <footer className="steps">
      <OutcomeLine moves={moves} hidden={asking?.needsTracking === true} />
      <div className="step-buttons">
        {next && (
          <button
            type="button"
            className="button primary big"
            disabled={moves.busy}
            onClick={() => begin(next)}
            data-testid="next-step"
            data-to={next.to}
          >
            {next.label}
          </button>
        )}
        {!next && <p className="muted">{restingText(order.workflow, status)}</p>}
        {other && (
          <button
            type="button"
            className="button"
            disabled={moves.busy}
            onClick={() => begin(other)}
            data-testid={`step-${other.to}`}
          >
            {other.label}
          </button>
        )}
        {canCancel(order.workflow, status) && (
          <button
            type="button"
            className="button quiet-danger"
            disabled={moves.busy}
            onClick={() => begin(cancel)}
            data-testid="cancel-order"
          >
            {cancel.label}
          </button>
        )}
      </div>
      {asking?.needsTracking && <ShipDialog moves={moves} onClose={close} onShip={ship} />}
      {asking?.needsReason && (
        <ReasonDialog
          cancelling={asking === cancel}
          busy={moves.busy}
          onClose={close}
          onReason={(reason) => move(asking, reason)}
        />
      )}
    </footer>
  );
}

function OutcomeLine({ moves, hidden }: { moves: Moves; hidden: boolean }) {
  const { outcome } = moves;
  if (!outcome || hidden) return null;
  const isError = outcome.kind === 'error';
  return (
    <p
      className={isError ? 'outcome form-error' : 'outcome notice'}
      role={isError ? 'alert' : 'status'}
      data-testid={isError ? 'step-error' : 'step-notice'}
    >
      {outcome.text}
    </p>
  );
}

function restingText(workflow: string, status: string): string {
  if (isTerminal(status)) return 'This order is finished.';
  return workflow === 'AUTOMATED' ? 'Waybill drives this order.' : 'Nothing to do here now.';
}
