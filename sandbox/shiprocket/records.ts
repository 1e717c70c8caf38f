import { z } from 'zod';
import { Journey } from '../journey.ts';

/** The rows of Shiprocket's books. Schemas, because they also come back from a file. */
const scanSchema = z.object({
  /** `shipment_status`, or «NA» for what Shiprocket has no number for. */
  srStatus: z.string(),
  label: z.string(),
  /** The courier's own code. */
  status: z.string(),
  activity: z.string(),
  at: z.number(),
  location: z.string(),
});

const ndrActionSchema = z.object({
  action: z.string(),
  comments: z.string(),
  phone: z.string(),
  address: z.string(),
  deferredDate: z.string(),
  at: z.number(),
});

const ndrSchema = z.object({
  id: z.number(),
  attempts: z.number(),
  reason: z.string(),
  raisedAt: z.number(),
  actions: z.array(ndrActionSchema),
});

const productSchema = z.object({
  name: z.string(),
  sku: z.string(),
  units: z.number(),
  price: z.number(),
  hsn: z.string(),
});

/** One order with its one shipment. */
const orderSchema = z.object({
  id: z.number(),
  shipmentId: z.number(),
  account: z.string(),
  reference: z.string(),
  pickupLocation: z.string(),
  customerName: z.string(),
  email: z.string(),
  phone: z.string(),
  address: z.string(),
  city: z.string(),
  state: z.string(),
  pin: z.string(),
  payment: z.enum(['cod', 'prepaid']),
  total: z.number(),
  /** What the courier asks for at the door. */
  codAmount: z.number(),
  products: z.array(productSchema),
  weightKg: z.number(),
  createdAt: z.number(),
  cancelRequestedAt: z.number().nullable(),
  cancelledAt: z.number().nullable(),
  awb: z.string().nullable(),
  courierId: z.number().nullable(),
  freightPaise: z.number(),
  assignedAt: z.number().nullable(),
  pickupToken: z.string().nullable(),
  pickupScheduledAt: z.number().nullable(),
  manifestId: z.number().nullable(),
  journey: Journey,
  position: z.number(),
  scans: z.array(scanSchema),
  ndr: ndrSchema.nullable(),
});

export const shiprocketSnapshotSchema = z.object({
  orders: z.array(orderSchema),
  /** Paise by account. */
  wallets: z.record(z.string(), z.number()),
  revokedTokens: z.array(z.string()),
});

export type SrScan = z.infer<typeof scanSchema>;
export type SrProduct = z.infer<typeof productSchema>;
export type SrOrder = z.infer<typeof orderSchema>;
export type ShiprocketSnapshot = z.infer<typeof shiprocketSnapshotSchema>;
