import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { failed, required } from './answers.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { couriersFor, freightPaise, ratePaise, rupees } from './couriers.ts';
import type { Courier } from './couriers.ts';
import { promiseDate } from './dates.ts';

interface Question {
  pin: string;
  cod: boolean;
  weightKg: number;
}

const dayMs = 24 * 3600_000;

/** `GET /courier/serviceability/?pickup_postcode=…&delivery_postcode=…&weight=0.45&cod=1` */
export function findCouriers(world: World, call: Call, account: ShiprocketAccount): Answer {
  const { query } = call;
  const wanted = ['pickup_postcode', 'delivery_postcode'];
  if (query.get('order_id') === null) wanted.push('weight', 'cod');
  const missing = wanted.filter((field) => (query.get(field) ?? '') === '');
  if (missing.length > 0) return required(...missing);
  const question = readQuestion(world, query, account);
  if (question === null) return failed(404, 'Order does not exist!', 'not_found');
  const found = couriersFor(question.pin, question.cod, question.weightKg).filter(
    ({ surface }) => query.get('mode') !== 'Surface' || surface,
  );
  if (found.length === 0) {
    const message = 'No courier service available between the given pincodes';
    return json({ status: 404, message }, 200, 'not_found');
  }
  const cheapest = found[0]?.id;
  return json({
    status: 200,
    currency: 'INR',
    company_auto_shipment_insurance_setting: false,
    data: {
      recommended_courier_company_id: cheapest,
      shiprocket_recommended_courier_id: cheapest,
      available_courier_companies: found.map((courier) => offer(world, courier, question)),
    },
  });
}

function readQuestion(
  world: World,
  query: URLSearchParams,
  account: ShiprocketAccount,
): Question | null {
  const id = query.get('order_id');
  if (id === null) {
    const cod = query.get('cod') === '1';
    return {
      pin: query.get('delivery_postcode') ?? '',
      cod,
      weightKg: Number(query.get('weight')),
    };
  }
  const order = world.books.shiprocket.orders.get(Number(id));
  if (order?.account !== account.email) return null;
  return { pin: order.pin, cod: order.payment === 'cod', weightKg: order.weightKg };
}

function offer(world: World, courier: Courier, { cod, weightKg }: Question): unknown {
  const rate = rupees(ratePaise(courier, weightKg, cod));
  return {
    courier_company_id: courier.id,
    courier_name: courier.name,
    // A text for some of them.
    rate: courier.id % 2 === 1 ? rate.toFixed(2) : rate,
    freight_charge: rupees(freightPaise(courier, weightKg)),
    cod_charges: cod ? rupees(courier.codPaise) : 0,
    rto_charges: rupees(freightPaise(courier, weightKg)),
    etd: promiseDate(world.now() + courier.days * dayMs),
    etd_hours: courier.days * 24,
    estimated_delivery_days: String(courier.days),
    cod: courier.cod ? 1 : 0,
    is_surface: courier.surface,
    min_weight: 0.5,
    rating: courier.rating,
    blocked: 0,
    pickup_availability: '1',
    cutoff_time: '14:00',
  };
}
