import { z } from 'zod';

/** An address that the couriers collect from, under the nickname that orders name. */
const pickupLocationSchema = z.strictObject({
  nickname: z.string(),
  city: z.string(),
  state: z.string(),
  pin: z.string(),
});

export const shiprocketAccountSchema = z.strictObject({
  /** Of the API user, which is not the one who signs in to the panel. */
  email: z.string(),
  password: z.string(),
  companyId: z.number(),
  company: z.string(),
  pickupLocations: z.array(pickupLocationSchema),
  walletRupees: z.number(),
  /** The sources disagree about an order id that comes again: the order that exists, or a refusal. */
  repeatedOrder: z.enum(['existing', 'taken']),
  /** `channel_order_id` is not documented as a filter; if the server ignores it, it lists the newest. */
  filtersByChannelOrderId: z.boolean(),
  /** Where this account's webhooks go; without it the sandbox's common address. */
  webhookUrl: z.string().optional(),
  /** Sent as `x-api-key`; there is no signature. */
  webhookToken: z.string(),
});

export type ShiprocketAccount = z.infer<typeof shiprocketAccountSchema>;

export const demoShiprocketAccounts: readonly ShiprocketAccount[] = [
  {
    email: 'api@sandbox.example',
    password: 'sandbox-shiprocket-password',
    companyId: 150876,
    company: 'WAYBILL DEMO',
    pickupLocations: [
      { nickname: 'KOCHI-1', city: 'Kochi', state: 'Kerala', pin: '682001' },
      { nickname: 'BLR-1', city: 'Bengaluru', state: 'Karnataka', pin: '560001' },
    ],
    walletRupees: 10_000_000,
    repeatedOrder: 'existing',
    filtersByChannelOrderId: false,
    webhookToken: 'sandbox-shiprocket-webhook-token',
  },
];
