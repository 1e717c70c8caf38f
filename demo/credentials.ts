/** What the demo merchant and the sandbox agree on. None of it opens anything outside this machine. */
export const demoPassword = 'waybill-demo';

export const demoMembers = [
  { email: 'owner@demo.waybill', name: 'Meera Nair', role: 'owner' },
  { email: 'manager@demo.waybill', name: 'Joseph Kurian', role: 'manager' },
  { email: 'staff@demo.waybill', name: 'Fathima Beevi', role: 'staff' },
] as const;

/** By carrier, as carriers/<carrier>/connector.ts reads them. */
export const carrierCredentials = {
  delhivery: { token: 'sandbox-delhivery-token', webhookSecret: 'sandbox-scan-secret' },
  shiprocket: {
    email: 'api@sandbox.example',
    password: 'sandbox-shiprocket-password',
    webhookSecret: 'sandbox-shiprocket-webhook-token',
  },
  bluedart: {
    clientId: 'sandbox-bluedart-client',
    clientSecret: 'sandbox-bluedart-secret',
    loginId: 'COK12345',
    licenceKey: 'sandbox-bluedart-licence',
    webhookSecret: 'sandbox-scan-secret',
  },
} as const;

export const whatsAppCredentials = { accessToken: 'sandbox-whatsapp-token' };

export const shopifyCredentials = { webhookSecret: 'sandbox-shopify-secret' };
