import { formatMoney } from '../../format/money.ts';
import type { Money } from '../../format/money.ts';
import type { OrderDetails, OrderLine } from './order.graphql.ts';

export function ItemList({ order }: { order: OrderDetails }) {
  const extras: [string, Money][] = [
    ['Subtotal', order.subtotal],
    ['Discount', { ...order.discount, amount: -order.discount.amount }],
    ['Shipping', order.shipping],
    ['Tax', order.tax],
  ];
  return (
    <section className="panel-section" aria-labelledby="items-title">
      <h3 id="items-title">Items</h3>
      <ul className="lines">
        {order.lines.nodes.map((line) => (
          <li key={line.line}>
            <span className="line-quantity">{line.quantity} ×</span>
            <span>
              {line.title}
              <span className="muted small">{detailsOf(line)}</span>
            </span>
            <span className="line-amount">{formatMoney(amountOf(line))}</span>
          </li>
        ))}
      </ul>
      <dl className="totals">
        {extras
          .filter(([, money]) => money.amount !== 0)
          .map(([label, money]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{formatMoney(money)}</dd>
            </div>
          ))}
        <div className="grand-total">
          <dt>Total</dt>
          <dd>{formatMoney(order.total)}</dd>
        </div>
        {order.codAmount.amount > 0 && (
          <div>
            <dt>To collect on delivery</dt>
            <dd>{formatMoney(order.codAmount)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function detailsOf(line: OrderLine): string {
  return [line.variantTitle, line.sku].filter(Boolean).join(' · ');
}

function amountOf({ unitPrice, quantity, discount }: OrderLine): Money {
  return { ...unitPrice, amount: unitPrice.amount * quantity - discount.amount };
}
