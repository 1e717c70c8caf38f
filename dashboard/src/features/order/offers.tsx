import { OffersTable } from '../offers/offers-table.tsx';
import { reasonOf, ruleTold } from '../offers/reasons.ts';
import type { OrderDetails } from './order.graphql.ts';
import { serviceName } from './tell-event.ts';

/** What was offered for the order when its carrier was last chosen, best first. */
export function Offers({ order }: { order: OrderDetails }) {
  const [first] = order.rateQuotes.nodes;
  if (!first) return null;
  const quotes = order.rateQuotes.nodes.filter(({ round }) => round === first.round);
  return (
    <section className="panel-section" aria-labelledby="offers-title">
      <h3 id="offers-title">Carrier offers</h3>
      <OffersTable
        caption={first.isChosen ? ruleTold(first.rule) : 'Nobody took it when last asked.'}
        offers={quotes.map((quote) => ({
          key: quote.rank,
          name: serviceName(quote.carrier, quote.service),
          note: quote.isChosen ? 'Chosen' : reasonOf(quote.reason, quote.rule, quote.detail),
          days: quote.days,
          price: quote.price,
          isChosen: quote.isChosen,
        }))}
      />
    </section>
  );
}
