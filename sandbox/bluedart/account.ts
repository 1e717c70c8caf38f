import { z } from 'zod';

export const blueDartAccountSchema = z.strictObject({
  /** First layer: the gateway. */
  clientId: z.string(),
  clientSecret: z.string(),
  /** Second layer: the profile in every body, which also names the account in faults and books. */
  loginId: z.string(),
  licenceKey: z.string(),
  customerCode: z.string(),
  customerName: z.string(),
  /** Some accounts are refused without `Customercode` and `Version` in the profile. */
  wantsFullProfile: z.boolean(),
  /** Whether a second booking under the same reference is refused; unknown for Blue Dart's own sandbox. */
  refusesDuplicates: z.boolean(),
  /** Whether `verno` in a tracking call is a «License Mismatch». */
  refusesVersionNumber: z.boolean(),
  /** The gateway's spelling of the envelope keys of pickup calls. */
  pickupEnvelope: z.enum(['lower', 'upper']),
  /** Where this account's scans go; without it the sandbox's address for Blue Dart. */
  webhookUrl: z.string().optional(),
});

export type BlueDartAccount = z.infer<typeof blueDartAccountSchema>;

export const demoBlueDartAccounts: readonly BlueDartAccount[] = [
  {
    clientId: 'sandbox-bluedart-client',
    clientSecret: 'sandbox-bluedart-secret',
    loginId: 'COK12345',
    licenceKey: 'sandbox-bluedart-licence',
    customerCode: '123456',
    customerName: 'Waybill Demo',
    wantsFullProfile: false,
    refusesDuplicates: true,
    refusesVersionNumber: true,
    pickupEnvelope: 'lower',
  },
];
