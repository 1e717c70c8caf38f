/**
 * What every order source (shop, storefront, file) has to bring: the input of `place_order`, in
 * the database's own names. All money is in minor units; all of `ship_to` is raw, as it came.
 */
export interface PlaceOrder {
  external_id: string;
  external_number: string | null;
  /** ISO 8601 with an offset. */
  placed_at: string;
  currency: 'INR';
  payment_mode: 'prepaid' | 'cod';
  items: PlaceOrderItem[];
  subtotal_minor: number;
  shipping_minor: number;
  discount_minor: number;
  tax_minor: number;
  total_minor: number;
  /** 0 when prepaid. */
  cod_amount_minor: number;
  shipping_method: string | null;
  note: string | null;
  customer: OrderCustomer;
  ship_to: RawShipTo;
}

export interface PlaceOrderItem {
  external_id: string | null;
  sku: string | null;
  title: string;
  variant_title: string | null;
  quantity: number;
  unit_price_minor: number;
  discount_minor: number;
  weight_grams: number | null;
  hsn_code: string | null;
  requires_shipping: boolean;
}

export interface OrderCustomer {
  name: string | null;
  phone: string | null;
  email: string | null;
}

export interface RawShipTo {
  name: string | null;
  phone: string | null;
  address1: string | null;
  address2: string | null;
  city: string | null;
  state: string | null;
  pincode: string | null;
  country: string | null;
}
