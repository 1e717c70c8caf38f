import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';
import { placeOf, samplePins } from './postal-circles.ts';
import type { Place } from './postal-circles.ts';
import { throttled } from './throttle.ts';

/** PINs whose answer is fixed, so that a test can ask for each case. */
export const magicPins = {
  notServiceable: '799999',
  embargo: '744999',
  prepaidOnly: '793999',
  /** Serviceable, but a create is refused: the day's volume is used up. */
  overCapacity: '781999',
} as const;

const limit = 4500;
const windowMs = 300_000;

/** Null when Delhivery does not deliver to this PIN at all. */
export function serviceAt(pin: string): (Place & { cod: boolean; embargo: boolean }) | null {
  const place = placeOf(pin);
  if (place === null || pin === magicPins.notServiceable) return null;
  return { ...place, cod: pin !== magicPins.prepaidOnly, embargo: pin === magicPins.embargo };
}

/** `GET /c/api/pin-codes/json/?filter_codes=682001` */
export function findPincodes(world: World, call: Call): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  const waitMs = world.limits.takeFromWindow(`pincode ${call.token}`, limit, windowMs);
  if (waitMs > 0) return throttled(limit, waitMs);
  const asked = call.query.get('filter_codes');
  const pins = asked === null ? samplePins() : asked.split(',').map((pin) => pin.trim());
  return json({ delivery_codes: pins.flatMap((pin) => postalCode(pin)) });
}

function postalCode(pin: string): unknown[] {
  const service = serviceAt(pin);
  if (service === null) return [];
  const { cod, embargo, city, state, stateCode, sortCode, centre } = service;
  return [
    {
      postal_code: {
        pin: Number(pin),
        pre_paid: 'Y',
        cod: cod ? 'Y' : 'N',
        pickup: 'Y',
        cash: cod ? 'Y' : 'N',
        repl: 'Y',
        district: city,
        city,
        state_code: stateCode,
        country_code: 'IN',
        is_oda: 'N',
        sort_code: sortCode,
        max_amount: 0.0,
        max_weight: 0.0,
        remarks: embargo ? 'Embargo' : '',
        inc: centre,
        sun_tat: false,
        protect_blacklist: false,
        srv_wt_th: 4500.0,
        covid_zone: null,
        center: [
          {
            code: `IND${pin}AAA`,
            cn: `${city} (${state})`,
            sort_code: sortCode,
            u: 'system',
            s: '2019-01-01T00:00:00+00:00',
            e: '2999-01-01T00:00:00+00:00',
            ud: '2024-01-01T00:00:00',
          },
        ],
      },
    },
  ];
}
