import { useCallback, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { messageOf, RefusedError } from '../../api/api-error.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import { fieldsOf } from '../account/form-fields.ts';
import { useLoaded } from '../account/use-loaded.ts';
import { inputOf } from './card-input.ts';
import { cardQuery, importCardMutation } from './rates.graphql.ts';
import type { Card } from './rates.graphql.ts';
import { Sheet } from './sheet.tsx';
import { TermFields } from './term-fields.tsx';

interface ImportCardProps {
  accountId: number;
  /** The card whose terms and sheets the form begins with. */
  startFrom: string | null;
  onClose: () => void;
  onImported: () => Promise<void>;
}

export function ImportCard(props: ImportCardProps) {
  const api = useApi();
  const { startFrom } = props;
  const load = useCallback(
    async () => ({
      card: startFrom && (await api.request(cardQuery, { id: startFrom })).rateCard,
    }),
    [api, startFrom],
  );
  const { value, problem } = useLoaded(load);
  if (problem !== null) return <p className="form-error">{problem}</p>;
  if (value === null) return <p className="muted">Loading…</p>;
  return <ImportForm {...props} card={value.card || null} />;
}

interface Fault {
  message: string;
  field: unknown;
  line: number | null;
  column: string | null;
}

function ImportForm(props: ImportCardProps & { card: Card | null }) {
  const { accountId, card, onClose, onImported } = props;
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault | null>(null);

  async function submit(typed: (name: string) => string): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      const input = { ...inputOf(accountId, typed), idempotencyKey: newIdempotencyKey() };
      await api.request(importCardMutation, { input });
      await onImported();
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
    }
  }

  return (
    <form
      className="import-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(fieldsOf(event.currentTarget));
      }}
      data-testid={`import-form-${accountId}`}
    >
      <TermFields card={card} />
      <Sheet
        name="pricesCsv"
        title="Prices"
        hint="Columns: zone, days, from_grams, step_grams, price. From so many grams on, each begun step costs the price, in rupees."
        initial={card?.pricesCsv ?? 'zone,days,from_grams,step_grams,price\n'}
        badLine={fault?.field === 'pricesCsv' ? fault.line : null}
      />
      <Sheet
        name="lanesCsv"
        title="PIN codes"
        hint="Columns: zone, to, from. How PIN codes of the destination begin, several with spaces between; from: of the origin. Empty: all others."
        initial={card?.lanesCsv ?? 'zone,to,from\n'}
        badLine={fault?.field === 'lanesCsv' ? fault.line : null}
      />
      {fault !== null && (
        <p className="form-error" role="alert" data-testid="import-error">
          {whereOf(fault)}
          {fault.message}
        </p>
      )}
      <p className="muted small">
        A card of the same first day is replaced. The latest that has begun is in force.
      </p>
      <div className="form-end">
        <button className="button primary" disabled={busy} data-testid="import-submit">
          Import
        </button>
        <button type="button" className="button" onClick={onClose}>
          Back
        </button>
      </div>
    </form>
  );
}

function faultOf(error: unknown): Fault {
  const facts = error instanceof RefusedError ? error.facts : {};
  const { field, line, column } = facts;
  return {
    message: messageOf(error),
    field,
    line: typeof line === 'number' ? line : null,
    column: typeof column === 'string' ? column : null,
  };
}

const sheetNames: Readonly<Record<string, string>> = { pricesCsv: 'Prices', lanesCsv: 'PIN codes' };

/** Prices, line 3, column price: … */
function whereOf({ field, line, column }: Fault): string {
  const sheet = sheetNames[String(field)];
  const parts = [
    sheet,
    line !== null && `line ${line}`,
    column !== null && `column ${column}`,
  ].filter(Boolean);
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}
