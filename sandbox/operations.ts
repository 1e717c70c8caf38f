/** What faults can be asked for and what the books count: a word for each thing that is done. */
export const operations = [
  'delhivery.pincode',
  'delhivery.waybill',
  'delhivery.create',
  'delhivery.packing_slip',
  'delhivery.label_file',
  'delhivery.pickup',
  'delhivery.track',
  'delhivery.cancel',
  'delhivery.webhook',
  'bluedart.login',
  'bluedart.pincode',
  'bluedart.transit',
  'bluedart.products',
  'bluedart.waybill',
  'bluedart.cancel',
  'bluedart.pickup',
  'bluedart.cancel_pickup',
  'bluedart.track',
  'bluedart.webhook',
  'whatsapp.send',
  'whatsapp.templates',
  'whatsapp.create_template',
  'whatsapp.webhook',
] as const;

export type Operation = (typeof operations)[number];
