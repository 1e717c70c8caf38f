import { z } from 'zod';
import { Journey } from '../journey.ts';

/** The rows of Blue Dart's books. Times are epoch ms. */
const scanSchema = z.object({
  text: z.string(),
  code: z.string(),
  type: z.string(),
  group: z.string(),
  at: z.number(),
  location: z.string(),
  areaCode: z.string(),
});

const parcelSchema = z.object({
  awb: z.string(),
  /** `CreditReferenceNo` */
  reference: z.string(),
  /** The account's LoginID. */
  account: z.string(),
  originArea: z.string(),
  originPin: z.string(),
  consigneeName: z.string(),
  address: z.string(),
  pin: z.string(),
  phone: z.string(),
  payment: z.enum(['prepaid', 'cod']),
  codAmount: z.number(),
  declaredValue: z.number(),
  weightKg: z.number(),
  product: z.string(),
  createdAt: z.number(),
  cancelledAt: z.number().nullable(),
  pickupToken: z.number().nullable(),
  journey: Journey,
  position: z.number(),
  scans: z.array(scanSchema),
});

const pickupSchema = z.object({
  token: z.number(),
  account: z.string(),
  area: z.string(),
  pin: z.string(),
  /** `YYYY-MM-DD` in India. */
  date: z.string(),
  time: z.string(),
  pieces: z.number(),
  createdAt: z.number(),
  cancelledAt: z.number().nullable(),
});

export const blueDartSnapshotSchema = z.object({
  parcels: z.array(parcelSchema),
  pickups: z.array(pickupSchema),
});

export type BlueDartScan = z.infer<typeof scanSchema>;
export type BlueDartParcel = z.infer<typeof parcelSchema>;
export type BlueDartPickup = z.infer<typeof pickupSchema>;
export type BlueDartSnapshot = z.infer<typeof blueDartSnapshotSchema>;
