/** The demo shop's shelf. SKUs and weights are as untidy as in a real shop. */
export interface Product {
  title: string;
  variant: string | null;
  sku: string | null;
  priceMinor: number;
  /** 0 is what Shopify writes when nobody has entered a weight. */
  grams: number;
}

export const products = {
  kurta: {
    title: 'Handloom kurta',
    variant: 'M / Indigo',
    sku: 'KUR-M-IND',
    priceMinor: 1_249_00,
    grams: 320,
  },
  saree: {
    title: 'Kasavu saree &amp; blouse piece',
    variant: null,
    sku: 'SAR-KSV ',
    priceMinor: 2_899_00,
    grams: 610,
  },
  mundu: {
    title: 'Double mundu – 4 m',
    variant: 'Default Title',
    sku: 'mun-dbl-4',
    priceMinor: 899_00,
    grams: 450,
  },
  chips: {
    title: 'Banana chips 🍌',
    variant: '500 g',
    sku: null,
    priceMinor: 285_50,
    grams: 500,
  },
  halwa: {
    title: 'കോഴിക്കോടൻ ഹലുവ',
    variant: '1 kg',
    sku: 'HLW/1KG',
    priceMinor: 520_00,
    grams: 1_000,
  },
  pickle: {
    title: 'Tender mango pickle',
    variant: '300 g',
    sku: '',
    priceMinor: 199_00,
    grams: 0,
  },
  stole: {
    title: 'Stole “Backwater”',
    variant: 'One size',
    sku: 'STL-BW',
    priceMinor: 649_00,
    grams: 140,
  },
  towel: {
    title: 'Thorthu towels, set of 3',
    variant: null,
    sku: 'THO-3',
    priceMinor: 375_00,
    grams: 390,
  },
  bedsheet: {
    title: 'Block-print bedsheet',
    variant: 'King',
    sku: 'BED-K-BP',
    priceMinor: 1_799_00,
    grams: 1_350,
  },
  frock: {
    title: "Child's frock",
    variant: '4–5 Y',
    sku: 'FRK-45',
    priceMinor: 745_00,
    grams: 180,
  },
} as const satisfies Record<string, Product>;

export type ProductKey = keyof typeof products;
