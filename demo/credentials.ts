/** What the demo merchant and the sandbox agree on. None of it opens anything outside this machine. */
export const demoPassword = 'waybill-demo';

export const demoMembers = [
  { email: 'owner@demo.waybill', name: 'Meera Nair', role: 'owner' },
  { email: 'manager@demo.waybill', name: 'Joseph Kurian', role: 'manager' },
  { email: 'staff@demo.waybill', name: 'Fathima Beevi', role: 'staff' },
] as const;

export const delhiveryCredentials = {
  token: 'sandbox-delhivery-token',
  webhookSecret: 'sandbox-scan-secret',
};

export const whatsAppCredentials = { accessToken: 'sandbox-whatsapp-token' };

export const shopifyCredentials = { webhookSecret: 'sandbox-shopify-secret' };
