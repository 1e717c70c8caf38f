import { formatMoney } from '../../format/money.ts';
import type { OrderDetails, OrderLine } from './order.graphql.ts';

export function ItemList({ order }: { order: OrderDetails }) {
  const money = (minor: string | number) => formatMoney(minor, order.currency);
  const extras: [string, string | number][] = [
    ['Subtotal', order.subtotalMinor],
    ['Discount', -Number(order.discountMinor)],
    ['Shipping', order.shippingMinor],
    ['Tax', order.taxMinor],
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
            <span className="line-amount">{money(amountOf(line))}</span>
          </li>
        ))}
      </ul>
      <dl className="totals">
        {extras
          .filter(([, minor]) => Number(minor) !== 0)
          .map(([label, minor]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{money(minor)}</dd>
            </div>
          ))}
        <div className="grand-total">
          <dt>Total</dt>
          <dd>{money(order.totalMinor)}</dd>
        </div>
        {Number(order.codAmountMinor) > 0 && (
          <div>
            <dt>To collect on delivery</dt>
            <dd>{money(order.codAmountMinor)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function detailsOf(line: OrderLine): string {
  return [line.variantTitle, line.sku].filter(Boolean).join(' · ');
}

function amountOf(line: OrderLine): number {
  return Number(line.unitPriceMinor) * line.quantity - Number(line.discountMinor);
}
