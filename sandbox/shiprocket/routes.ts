import type { Answer, Call, Route } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed } from './answers.ts';
import { assignAwb } from './assign.ts';
import { authorise, logIn, logOut } from './auth.ts';
import { cancelOrders, cancelShipments } from './cancel.ts';
import { createOrder } from './create.ts';
import { downloadDocument, generateLabel, generateManifest, printManifest } from './documents.ts';
import { actOnNdr, listNdr } from './ndr.ts';
import { listOrders, showOrder } from './orders.ts';
import { generatePickup } from './pickup.ts';
import { findCouriers } from './serviceability.ts';
import { trackByAwb, trackByShipment, trackMany } from './tracking.ts';
import { apiUserOf } from './tokens.ts';
import { showWallet } from './wallet.ts';

type Handle = (
  world: World,
  call: Call,
  account: ShiprocketAccount,
  match: RegExpExecArray,
) => Answer;

type Operation = NonNullable<Route['operation']>;

const base = '/shiprocket/v1/external';

function open(path: string, operation: Operation, handle: Route['handle']): Route {
  return {
    method: 'POST',
    path: new RegExp(`^${base}${path}$`),
    operation,
    account: apiUserOf,
    handle,
  };
}

/** Everything but signing in needs a token. */
function route(method: string, path: string, operation: Operation, handle: Handle): Route {
  return {
    method,
    path: new RegExp(`^${base}${path}$`),
    operation,
    account: apiUserOf,
    handle: (world, call, match) => {
      const access = authorise(world, call);
      return 'refusal' in access ? access.refusal : handle(world, call, access.account, match);
    },
  };
}

export const shiprocketRoutes: readonly Route[] = [
  open('/auth/login', 'shiprocket.login', logIn),
  open('/auth/logout', 'shiprocket.logout', logOut),
  route('GET', '/courier/serviceability/?', 'shiprocket.serviceability', findCouriers),
  route('POST', '/orders/create/adhoc', 'shiprocket.create', createOrder),
  route('GET', '/orders', 'shiprocket.orders', listOrders),
  route('GET', '/orders/show/(\\d+)', 'shiprocket.orders', showOrder),
  route('POST', '/courier/assign/awb', 'shiprocket.assign', assignAwb),
  route('POST', '/courier/generate/pickup', 'shiprocket.pickup', generatePickup),
  route('POST', '/courier/generate/label', 'shiprocket.label', generateLabel),
  route('POST', '/manifests/generate', 'shiprocket.manifest', generateManifest),
  route('POST', '/manifests/print', 'shiprocket.manifest', printManifest),
  route('GET', '/courier/track/awb/([^/]+)', 'shiprocket.track', trackByAwb),
  route('GET', '/courier/track/shipment/(\\d+)', 'shiprocket.track', trackByShipment),
  route('POST', '/courier/track/awbs', 'shiprocket.track', trackMany),
  route('POST', '/orders/cancel', 'shiprocket.cancel', cancelOrders),
  route('POST', '/orders/cancel/shipment/awbs', 'shiprocket.cancel', cancelShipments),
  route('GET', '/ndr/all', 'shiprocket.ndr', listNdr),
  route('POST', '/ndr/([^/]+)/action', 'shiprocket.ndr_action', actOnNdr),
  route('GET', '/account/details/wallet-balance', 'shiprocket.wallet', showWallet),
  {
    method: 'GET',
    path: /^\/shiprocket-files\/([\w-]+)\.pdf$/,
    operation: 'shiprocket.file',
    handle: downloadDocument,
  },
];

export function unknownShiprocketPath(call: Call): Answer {
  const others = shiprocketRoutes.filter(({ path }) => path.test(call.path));
  const [other] = others;
  if (other === undefined) return failed(404, '404 Not Found', 'http_404');
  const text = `The ${call.method} method is not supported for this route. Supported methods: `;
  return failed(405, `${text}${other.method}.`, 'http_405');
}
