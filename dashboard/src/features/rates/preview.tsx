import { useState } from 'react';
import { useApi } from '../../api/api.ts';
import { messageOf } from '../../api/api-error.ts';
import { minorOf } from '../../format/money.ts';
import { fieldsOf } from '../account/form-fields.ts';
import { OffersTable } from '../offers/offers-table.tsx';
import { reasonOf, ruleTold } from '../offers/reasons.ts';
import { previewQuery } from './rates.graphql.ts';
import type { PreviewData, PreviewedOffer, RatesData } from './rates.graphql.ts';

/** What a box would cost with each carrier, and which would get it: answered as for a real order. */
export function Preview({ data }: { data: RatesData }) {
  const api = useApi();
  const [answer, setAnswer] = useState<PreviewData['previewOffers'] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function ask(typed: (name: string) => string): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      const box = {
        locationId: Number(typed('location')),
        toPincode: typed('pincode').trim(),
        weightGrams: Number(typed('grams')),
        paymentMode: typed('payment') === 'COD' ? ('COD' as const) : ('PREPAID' as const),
        value: minorOf(typed('value')) ?? 0,
      };
      const storeId = typed('store') === '' ? null : Number(typed('store'));
      setAnswer((await api.request(previewQuery, { box, storeId })).previewOffers);
    } catch (error) {
      setAnswer(null);
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="account-card" aria-labelledby="preview-title" data-testid="preview">
      <h2 id="preview-title">What would a box cost?</h2>
      <form
        className="preview-form"
        onSubmit={(event) => {
          event.preventDefault();
          void ask(fieldsOf(event.currentTarget));
        }}
      >
        <BoxFields data={data} />
        <button className="button primary" disabled={busy} data-testid="preview-ask">
          Show offers
        </button>
      </form>
      {problem !== null && (
        <p className="form-error" role="alert" data-testid="preview-error">
          {problem}
        </p>
      )}
      {answer !== null && <Answer answer={answer} />}
    </section>
  );
}

function BoxFields({ data }: { data: RatesData }) {
  const own = data.stores.nodes.filter(({ assignmentRule }) => assignmentRule !== null);
  return (
    <>
      <label className="field">
        From
        <select name="location" data-testid="preview-location">
          {data.locations.nodes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        To PIN code
        <input
          name="pincode"
          required
          inputMode="numeric"
          pattern="[1-9][0-9]{5}"
          maxLength={6}
          title="Six digits"
          data-testid="preview-pincode"
        />
      </label>
      <label className="field">
        Weight, g
        <input name="grams" type="number" min={1} max={1000000} required defaultValue={500} />
      </label>
      <label className="field">
        Payment
        <select name="payment" data-testid="preview-payment">
          <option value="COD">COD</option>
          <option value="PREPAID">Prepaid</option>
        </select>
      </label>
      <label className="field">
        Value, ₹
        <input
          name="value"
          required
          inputMode="decimal"
          pattern={amountPattern}
          defaultValue="1499"
        />
      </label>
      {own.length > 0 && (
        <label className="field">
          By the rule of
          <select name="store">
            <option value="">All stores</option>
            {own.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

const amountPattern = '[0-9]{1,7}([.][0-9]{1,2})?';

function Answer({ answer: { rule, offers } }: { answer: PreviewData['previewOffers'] }) {
  if (offers.length === 0) return <p className="muted">There is no carrier account in use.</p>;
  const chosen = offers.some(({ isChosen }) => isChosen);
  return (
    <div data-testid="preview-offers">
      <OffersTable
        caption={chosen ? ruleTold(rule) : 'Nobody would take it.'}
        offers={offers.map((offer, at) => ({
          key: at,
          name: [offer.carrierAccount.name, offer.service].filter(Boolean).join(' · '),
          note: noteOf(offer, rule),
          days: offer.days,
          price: offer.price,
          isChosen: offer.isChosen,
        }))}
      />
      {offers.some(({ isAssumed }) => isAssumed) && (
        <p className="muted small preview-hint">
          No carrier is asked here. One whose last answer about the PIN code is no longer kept is
          taken to go there; an order asks it.
        </p>
      )}
    </div>
  );
}

/** Of accounts that nobody asks, these mean something else than in the log of an order. */
const shutOut: Readonly<Record<string, string>> = {
  CIRCUIT_OPEN: 'Calls to it are held back: too many failed',
  NOT_ANSWERED: 'Has no credentials',
};

function noteOf(offer: PreviewedOffer, rule: string): string {
  const { isChosen, isAssumed, reason, price, zone, chargedGrams } = offer;
  if (isAssumed && price === null && !isChosen) return 'Its price is known when it is asked';
  return [
    isChosen ? 'Would be chosen' : (shutOut[reason ?? ''] ?? reasonOf(reason, rule)),
    zone !== null && `zone ${zone}`,
    chargedGrams !== null && `${chargedGrams.toLocaleString('en-IN')} g are charged`,
    isAssumed && 'not asked lately',
  ]
    .filter(Boolean)
    .join(', ');
}
