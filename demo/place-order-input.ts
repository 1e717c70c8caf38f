import type { PlaceOrder, PlaceOrderItem } from '../intake/place-order.ts';

/** An order as the API's placeOrder takes it, from the form in which the intake hands orders on. */
export function placeOrderInput(storeId: number, order: PlaceOrder): Record<string, unknown> {
  return {
    storeId,
    items: order.items.map(itemInput),
    customer: order.customer,
    shipTo: order.ship_to,
    paymentMode: order.payment_mode.toUpperCase(),
    currency: order.currency,
    subtotal: order.subtotal_minor,
    shipping: order.shipping_minor,
    discount: order.discount_minor,
    tax: order.tax_minor,
    total: order.total_minor,
    codAmount: order.cod_amount_minor,
    shippingMethod: order.shipping_method,
    note: order.note,
    placedAt: order.placed_at,
    idempotencyKey: `demo-${order.external_id}`,
  };
}

function itemInput(item: PlaceOrderItem): Record<string, unknown> {
  return {
    title: item.title,
    variantTitle: item.variant_title,
    sku: item.sku,
    externalId: item.external_id,
    quantity: item.quantity,
    unitPrice: item.unit_price_minor,
    discount: item.discount_minor,
    weightGrams: item.weight_grams,
    hsnCode: item.hsn_code,
    requiresShipping: item.requires_shipping,
  };
}
