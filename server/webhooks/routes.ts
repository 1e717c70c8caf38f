import express, { type Router } from 'express';

import { receiveCarrier } from './carrier.ts';
import type { Intake } from './intake.ts';
import { receiveShopify } from './shopify.ts';
import { receiveWhatsApp, verifyWhatsApp, type WhatsAppSettings } from './whatsapp.ts';

export function webhookRoutes(intake: Intake, whatsapp: WhatsAppSettings): Router {
  const routes = express.Router();
  const raw = express.raw({ type: () => true, limit: '2mb' });
  routes.post('/shopify/:storeId', raw, (request, response) =>
    receiveShopify(intake, request, response),
  );
  routes.post('/carrier/:accountId', raw, (request, response) =>
    receiveCarrier(intake, request, response),
  );
  routes.get('/whatsapp', (request, response) => verifyWhatsApp(whatsapp, request, response));
  routes.post('/whatsapp', raw, (request, response) =>
    receiveWhatsApp(intake, whatsapp, request, response),
  );
  return routes;
}
