import { formatMoney } from '../../format/money.ts';
import type { OrderDetails, RateQuote } from './order.graphql.ts';
import { serviceName } from './tell-event.ts';

/** What was offered for the order when its carrier was last chosen, best first. */
export function Offers({ order }: { order: OrderDetails }) {
  const [first] = order.rateQuotes.nodes;
  if (!first) return null;
  const quotes = order.rateQuotes.nodes.filter(({ round }) => round === first.round);
  return (
    <section className="panel-section" aria-labelledby="offers-title">
      <h3 id="offers-title">Carrier offers</h3>
      <table className="offers" data-testid="offers">
        <caption className="muted small">{told(first)}</caption>
        <thead>
          <tr>
            <th scope="col">Carrier</th>
            <th scope="col" className="number">
              Days
            </th>
            <th scope="col" className="number">
              Price
            </th>
          </tr>
        </thead>
        <tbody>
          {quotes.map((quote) => (
            <Offer key={quote.rank} quote={quote} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Offer({ quote }: { quote: RateQuote }) {
  return (
    <tr data-chosen={quote.isChosen}>
      <th scope="row">
        {serviceName(quote.carrier, quote.service)}
        <span className="muted small">{quote.isChosen ? 'Chosen' : reasonOf(quote)}</span>
      </th>
      <td className="number">{quote.days ?? '–'}</td>
      <td className="number">{quote.price ? formatMoney(quote.price) : '–'}</td>
    </tr>
  );
}

const rules: Readonly<Record<string, string>> = {
  cheapest: 'The lowest price is chosen.',
  fastest: 'The fastest is chosen.',
  priority: 'The account that comes first is chosen.',
};

function told({ isChosen, rule }: RateQuote): string {
  return isChosen ? (rules[rule.toLowerCase()] ?? '') : 'Nobody took it when last asked.';
}

const reasons: Readonly<Record<string, string>> = {
  not_served: 'Does not go to this PIN code',
  embargo: 'Takes nothing there for now',
  cod_not_taken: 'Collects no cash there',
  prepaid_not_taken: 'Takes only cash on delivery there',
  over_weight_limit: 'Too heavy for it',
  over_value_limit: 'Worth more than it takes',
  circuit_open: 'Was down',
  not_answered: 'Did not answer',
  address_not_taken: 'Does not take the address',
  refused: 'Refused the question',
  no_price: 'Has no price',
};

function reasonOf({ reason, detail, rule }: RateQuote): string {
  const known = reasons[(reason ?? '').toLowerCase()];
  if (known !== undefined) return detail === null ? known : `${known}: ${detail}`;
  return { cheapest: 'Not cheaper', fastest: 'Not faster' }[rule.toLowerCase()] ?? 'Comes later';
}
