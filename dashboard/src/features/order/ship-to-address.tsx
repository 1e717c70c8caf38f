import type { OrderDetails, ShipTo } from './order.graphql.ts';

export function ShipToAddress({ order }: { order: OrderDetails }) {
  const { shipTo } = order;
  const pickup = order.fulfilmentType === 'pickup';
  return (
    <section className="panel-section" aria-labelledby="ship-to-title">
      <h3 id="ship-to-title">{pickup ? 'Customer' : 'Ship to'}</h3>
      {shipTo ? <Contact shipTo={shipTo} /> : <p className="muted">No address</p>}
      {order.shippingMethod && <p className="muted small">Method: {order.shippingMethod}</p>}
    </section>
  );
}

function Contact({ shipTo }: { shipTo: ShipTo }) {
  const phone = shipTo.phone ?? shipTo.customerPhone;
  const lines = [
    shipTo.address1,
    shipTo.address2,
    [shipTo.city, shipTo.pincode].filter(Boolean).join(' '),
    [shipTo.state, shipTo.country].filter(Boolean).join(', '),
  ].filter(Boolean);
  return (
    <>
      <address>
        <strong>{shipTo.name ?? shipTo.customerName ?? 'No name'}</strong>
        {lines.map((line) => (
          <span key={line}>{line}</span>
        ))}
        {phone && <a href={`tel:${phone.replaceAll(/[^+\d]/g, '')}`}>{phone}</a>}
      </address>
      {shipTo.note && <p className="customer-note">“{shipTo.note}”</p>}
    </>
  );
}
