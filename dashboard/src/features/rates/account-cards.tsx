import { useState } from 'react';
import { carrierNames } from '../carriers/carrier-names.ts';
import { formatDay } from './card-words.ts';
import { CardDetails } from './card-details.tsx';
import { ImportCard } from './import-card.tsx';
import type { CardSummary, PricedAccount } from './rates.graphql.ts';

interface AccountCardsProps {
  account: PricedAccount;
  members: readonly { id: number; name: string }[];
  mayChange: boolean;
  onImported: () => Promise<void>;
}

/** The rate cards of one carrier account: the one in force, those that come, those that were. */
export function AccountCards({ account, members, mayChange, onImported }: AccountCardsProps) {
  const [importing, setImporting] = useState(false);
  const { id, name, carrier, rateCard, rateCards } = account;
  const inForce = rateCard?.id ?? null;
  return (
    <section
      className="account-card"
      aria-labelledby={`cards-${id}-title`}
      data-testid={`cards-${id}`}
    >
      <h2 id={`cards-${id}-title`}>
        {name}{' '}
        {name !== carrierNames[carrier] && <span className="tag">{carrierNames[carrier]}</span>}{' '}
        {account.disabledAt !== null && <span className="tag">switched off</span>}
      </h2>
      {inForce === null && (
        <p className="muted" data-testid="no-card">
          No rate card is in force
          {carrier === 'SHIPROCKET' ? ': it names its own prices.' : ': it has no prices.'}
        </p>
      )}
      <ul className="rate-cards">
        {rateCards.nodes.map((card) => (
          <CardRow
            key={card.id}
            card={card}
            state={stateOf(card, inForce)}
            importer={members.find((member) => String(member.id) === card.importedBy)?.name}
          />
        ))}
      </ul>
      {rateCards.totalCount > rateCards.nodes.length && (
        <p className="muted small">
          and {rateCards.totalCount - rateCards.nodes.length} that began earlier
        </p>
      )}
      {mayChange && !importing && (
        <div>
          <button
            type="button"
            className="button"
            onClick={() => setImporting(true)}
            data-testid={`import-${id}`}
          >
            {inForce === null ? 'Import a rate card…' : 'Import a new rate card…'}
          </button>
        </div>
      )}
      {importing && (
        <ImportCard
          accountId={id}
          startFrom={inForce ?? rateCards.nodes[0]?.id ?? null}
          onClose={() => setImporting(false)}
          onImported={async () => {
            setImporting(false);
            await onImported();
          }}
        />
      )}
    </section>
  );
}

type CardState = 'in force' | 'to come' | 'past';

function stateOf(card: CardSummary, inForce: string | null): CardState {
  if (card.id === inForce) return 'in force';
  return card.validFrom > new Date().toISOString().slice(0, 10) ? 'to come' : 'past';
}

interface CardRowProps {
  card: CardSummary;
  state: CardState;
  importer: string | undefined;
}

function CardRow({ card, state, importer }: CardRowProps) {
  const [open, setOpen] = useState(false);
  const until = card.validUntil === null ? '' : ` to ${formatDay(card.validUntil)}`;
  return (
    <li className="rate-card" data-state={state} data-testid="rate-card">
      <div className="rate-card-head">
        <span className="account-row-text">
          <span className="account-row-name">{card.name}</span>
          <span className="muted small">
            From {formatDay(card.validFrom)}
            {until} · imported {formatDay(card.importedAt)}
            {importer !== undefined && ` by ${importer}`}
          </span>
        </span>
        <span className="tag" data-state={state}>
          {state}
        </span>
        <button
          type="button"
          className="button small"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="show-card"
        >
          {open ? 'Hide' : 'Show'}
        </button>
      </div>
      {open && <CardDetails id={card.id} />}
    </li>
  );
}
