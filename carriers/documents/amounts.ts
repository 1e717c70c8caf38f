const rupeeFormat = new Intl.NumberFormat('en-IN', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** `Rs 1,23,456.00`: the sign of the rupee is in none of the PDF's own fonts. */
export function rupees(minor: number): string {
  return `Rs ${rupeeFormat.format(minor / 100)}`;
}

export function kilograms(grams: number): string {
  return `${(grams / 1000).toFixed(3)} kg`;
}

export function centimetres(lengthMm: number, widthMm: number, heightMm: number): string {
  return `${[lengthMm, widthMm, heightMm].map((mm) => Math.ceil(mm / 10)).join(' x ')} cm`;
}
