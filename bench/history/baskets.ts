/** What people buy: a few baskets of different sizes, prepaid and cash on delivery. */
import { randomUUID } from 'node:crypto';
import type { OrderWorkflow } from '../../sql-tests/support/merchants.ts';
import { item, orderInput } from '../../sql-tests/support/orders.ts';
import type { OrderInput } from '../../sql-tests/support/orders.ts';

const goods = [
  { sku: 'KURTA-BLUE-M', title: 'Cotton kurta', variant_title: 'Blue / M', price: 79_900 },
  { sku: 'SAREE-KASAVU', title: 'Kasavu saree കസവ്', variant_title: null, price: 249_900 },
  { sku: 'MUNDU-GOLD', title: 'Mundu with gold border', variant_title: 'Double', price: 129_900 },
  { sku: 'STOLE-INDIGO', title: 'Indigo stole 🧣', variant_title: null, price: 59_900 },
  { sku: 'SHIRT-LINEN-L', title: 'Linen shirt', variant_title: 'White / L', price: 169_900 },
];

/** The variants differ in number of lines, in quantities and in how they are paid. */
export function basket(storeId: number, workflow: OrderWorkflow, variant: number): OrderInput {
  const lines = goods.slice(variant % goods.length).slice(0, 1 + (variant % 3));
  const items = lines.map(({ price, ...good }, at) =>
    item({ ...good, quantity: 1 + ((variant + at) % 2), unit_price_minor: price }),
  );
  const subtotal = items.reduce(
    (sum, line) => sum + Number(line.quantity) * Number(line.unit_price_minor),
    0,
  );
  const shipping = workflow === 'pickup' ? 0 : 4_900;
  const collected = variant % 2 === 1 && workflow !== 'pickup' ? subtotal + shipping : 0;
  return orderInput(storeId, {
    source: { automated: 'shopify', shipping: 'web', pickup: 'counter' }[workflow],
    external_id: workflow === 'automated' ? randomUUID() : null,
    external_number: workflow === 'automated' ? '#1001' : null,
    placed_at: null,
    items,
    payment_mode: collected > 0 ? 'cod' : 'prepaid',
    subtotal_minor: subtotal,
    shipping_minor: shipping,
    total_minor: subtotal + shipping,
    cod_amount_minor: collected,
    shipping_method: workflow === 'pickup' ? null : 'Standard',
    note: variant % 3 === 0 ? 'Please ring twice 🔔' : null,
  });
}
