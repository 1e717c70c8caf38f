import { routesUnder } from '../exchange.ts';
import type { Route } from '../exchange.ts';
import { accountName, login } from './auth.ts';
import { cancelWaybill } from './cancel.ts';
import { findServices, findTransitTime, listProducts } from './finder.ts';
import { cancelPickup, registerPickup } from './pickup.ts';
import { trackWaybills } from './tracking.ts';
import { generateWaybill } from './waybill.ts';

const route = routesUnder('/bluedart', { account: accountName });

export const blueDartRoutes: readonly Route[] = [
  route('GET', '/token/v1/login', 'bluedart.login', login),
  route('POST', '/finder/v1/GetServicesforPincode', 'bluedart.pincode', findServices),
  route(
    'POST',
    '/transit/v1/GetDomesticTransitTimeForPinCodeandProduct',
    'bluedart.transit',
    findTransitTime,
  ),
  route('POST', '/allproduct/v1/GetAllProductsAndSubProducts', 'bluedart.products', listProducts),
  route('POST', '/waybill/v1/GenerateWayBill', 'bluedart.waybill', generateWaybill),
  route('POST', '/waybill/v1/CancelWaybill', 'bluedart.cancel', cancelWaybill),
  route('POST', '/pickup/v1/RegisterPickup', 'bluedart.pickup', registerPickup),
  route('POST', '/cancel-pickup/v1/CancelPickup', 'bluedart.cancel_pickup', cancelPickup),
  route('GET', '/tracking/v1', 'bluedart.track', trackWaybills),
];
