import { html, routesUnder } from '../exchange.ts';
import type { Answer, Route } from '../exchange.ts';
import { editParcel } from './cancel.ts';
import { createParcels } from './create.ts';
import { showUpload, updateParcels } from './ndr.ts';
import { downloadLabel, findPackingSlips } from './packing-slip.ts';
import { requestPickup } from './pickup.ts';
import { findPincodes } from './pincodes.ts';
import { trackParcels } from './tracking.ts';
import { fetchBulk, fetchOne } from './waybills.ts';

const route = routesUnder('/delhivery');

export const delhiveryRoutes: readonly Route[] = [
  route('GET', '/c/api/pin-codes/json/', 'delhivery.pincode', findPincodes),
  route('GET', '/waybill/api/bulk/json/', 'delhivery.waybill', fetchBulk),
  route('GET', '/waybill/api/fetch/json/', 'delhivery.waybill', fetchOne),
  route('POST', '/api/cmu/create.json', 'delhivery.create', createParcels),
  route('GET', '/api/p/packing_slip', 'delhivery.packing_slip', findPackingSlips),
  // Not below the API's own path: the real link leads to another host.
  route('GET', '-labels/(A4|4R)/(\\d+)\\.pdf', 'delhivery.label_file', downloadLabel),
  route('POST', '/fm/request/new/', 'delhivery.pickup', requestPickup),
  route('GET', '/api/v1/packages/json/', 'delhivery.track', trackParcels),
  route('POST', '/api/p/edit', 'delhivery.cancel', editParcel),
  route('POST', '/api/p/update', 'delhivery.ndr_action', updateParcels),
  route('GET', '/api/cmu/get_bulk_upl/([^/]+)', 'delhivery.ndr_status', showUpload),
];

export function unknownDelhiveryPath(): Answer {
  return html('<h1>Not Found</h1><p>The requested resource was not found on this server.</p>', 404);
}
