import { z } from 'zod';
import { Journey } from './journey.ts';
import { blueDartSnapshotSchema } from './bluedart/records.ts';
import { shiprocketSnapshotSchema } from './shiprocket/records.ts';
import { templateSchema } from './whatsapp/template-shape.ts';

/** The rows of the books. Schemas, because they also come back from a file. Times are epoch ms. */
const scanSchema = z.object({
  status: z.string(),
  statusType: z.string(),
  code: z.string(),
  at: z.number(),
  location: z.string(),
  instructions: z.string(),
});

const parcelSchema = z.object({
  awb: z.string(),
  reference: z.string(),
  account: z.string(),
  client: z.string(),
  warehouse: z.string(),
  uploadId: z.string(),
  consigneeName: z.string(),
  address: z.string(),
  city: z.string(),
  state: z.string(),
  pin: z.string(),
  phone: z.string(),
  productsDescription: z.string(),
  payment: z.enum(['Pre-paid', 'COD']),
  codAmount: z.number(),
  totalAmount: z.number(),
  weightGrams: z.number(),
  quantity: z.string(),
  ewayBill: z.string(),
  createdAt: z.number(),
  cancelledAt: z.number().nullable(),
  pickupId: z.number().nullable(),
  journey: Journey,
  position: z.number(),
  scans: z.array(scanSchema),
  labelRequests: z.number(),
  /** What was asked for after a failed attempt; absent in the files of older sandboxes. */
  ndrRequests: z.array(z.object({ id: z.string(), act: z.string(), at: z.number() })).default([]),
});

const reservationSchema = z.object({
  awb: z.string(),
  account: z.string(),
  reservedAt: z.number(),
  usableAt: z.number(),
  consumedAt: z.number().nullable(),
});

const carrierPickupSchema = z.object({
  id: z.number(),
  account: z.string(),
  warehouse: z.string(),
  date: z.string(),
  time: z.string(),
  expectedPackageCount: z.number(),
  createdAt: z.number(),
});

const messageStatusSchema = z.object({
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  at: z.number(),
  code: z.number().nullable(),
});

const messageSchema = z.object({
  id: z.string(),
  phoneNumberId: z.string(),
  to: z.string(),
  type: z.string(),
  template: z.string().nullable(),
  language: z.string().nullable(),
  category: z.string().nullable(),
  parameters: z.array(z.string()),
  callbackData: z.string().nullable(),
  acceptedAt: z.number(),
  statuses: z.array(messageStatusSchema),
});

const mailSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  messageId: z.string(),
  /** Headers and body, as they came. */
  text: z.string(),
  at: z.number(),
});

export const snapshotSchema = z.object({
  version: z.literal(1),
  serial: z.number(),
  parcels: z.array(parcelSchema),
  reservations: z.array(reservationSchema),
  pickups: z.array(carrierPickupSchema),
  bluedart: blueDartSnapshotSchema.default({ parcels: [], pickups: [] }),
  messages: z.array(messageSchema),
  templates: z.array(templateSchema),
  /** Not in the files of older sandboxes. */
  mails: z.array(mailSchema).default([]),
  labelFailures: z.array(z.string()),
  requests: z.record(z.string(), z.record(z.string(), z.number())),
  /** Not in the files of older sandboxes. */
  shiprocket: shiprocketSnapshotSchema.optional(),
});

export type Scan = z.infer<typeof scanSchema>;
export type Parcel = z.infer<typeof parcelSchema>;
export type Reservation = z.infer<typeof reservationSchema>;
export type CarrierPickup = z.infer<typeof carrierPickupSchema>;
export type MessageStatus = z.infer<typeof messageStatusSchema>;
export type Message = z.infer<typeof messageSchema>;
export type Mail = z.infer<typeof mailSchema>;
export type Snapshot = z.infer<typeof snapshotSchema>;
