import { z } from 'zod';

/** Rupees as Shiprocket wants them: a number with at most two digits after the point. */
export function rupees(minor: number): number {
  return Number((minor / 100).toFixed(2));
}

/** Rupees as they come, a number or a text, in paise. */
export const paise = z
  .union([z.number(), z.string().regex(/^\s*-?[\d,]+(\.\d+)?\s*$/)])
  .transform((value) => Math.round(Number(String(value).replaceAll(',', '')) * 100));
