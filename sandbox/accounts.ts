import { z } from 'zod';

/** Who may call the outside world, and with what. The defaults are the demo merchant's. */
const warehouseSchema = z.strictObject({
  name: z.string(),
  city: z.string(),
  state: z.string(),
  pin: z.string(),
  active: z.boolean(),
});

export const delhiveryAccountSchema = z.strictObject({
  token: z.string(),
  client: z.string(),
  warehouses: z.array(warehouseSchema),
  /** Where this account's scans go; without it the sandbox's common address. */
  webhookUrl: z.string().optional(),
});

export interface WhatsappAccount {
  token: string;
  phoneNumberId: string;
  displayPhoneNumber: string;
  wabaId: string;
  appSecret: string;
}

export type Warehouse = z.infer<typeof warehouseSchema>;
export type DelhiveryAccount = z.infer<typeof delhiveryAccountSchema>;

export const demoDelhiveryAccounts: readonly DelhiveryAccount[] = [
  {
    token: 'sandbox-delhivery-token',
    client: 'WAYBILL SURFACE',
    warehouses: [
      { name: 'KOCHI-1', city: 'Kochi', state: 'Kerala', pin: '682001', active: true },
      { name: 'BLR-1', city: 'Bengaluru', state: 'Karnataka', pin: '560001', active: true },
      { name: 'CLOSED-1', city: 'Kochi', state: 'Kerala', pin: '682002', active: false },
    ],
  },
];

export const demoWhatsappAccounts: readonly WhatsappAccount[] = [
  {
    token: 'sandbox-whatsapp-token',
    phoneNumberId: '110022003300',
    displayPhoneNumber: '919999900000',
    wabaId: '220033004400',
    appSecret: 'sandbox-whatsapp-app-secret',
  },
];

export const demoCarrierSecret = {
  header: 'x-waybill-carrier-secret',
  value: 'sandbox-scan-secret',
} as const;
