/** The parts of a Shopify order that say who the customer is. */
interface Person {
  first: string;
  last: string;
  phone: string;
  email: string;
  address1: string;
  address2: string | null;
  city: string;
  zip: string;
  note: string | null;
}

export function customerPayload({ first, last, phone, email, zip, note, ...address }: Person) {
  const name = { first_name: first, last_name: last };
  return {
    email,
    contact_email: email,
    phone,
    note,
    customer: { id: 7, ...name, email, phone, default_address: {} },
    shipping_address: {
      ...name,
      ...address,
      name: `${first} ${last}`,
      phone,
      zip,
      province: 'Kerala',
      province_code: 'KL',
      country: 'India',
      country_code: 'IN',
    },
  };
}
