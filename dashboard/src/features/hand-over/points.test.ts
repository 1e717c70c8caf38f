import { expect, test } from '@jest/globals';
import type { HandOverData, PickupRow, WaitingRow } from './hand-over.graphql.ts';
import { pointsOf } from './points.ts';

const account = (id: number, name: string) => ({ id, name, carrier: 'DELHIVERY' });
const kochi = { id: 1, name: 'Kochi' };
const aluva = { id: 2, name: 'Aluva' };
const main = account(1, 'Main');

const waiting = (location = kochi, carrierAccount = main): WaitingRow => ({
  carrierAccount,
  location,
  boxCount: 2,
  weightGrams: 900,
  waitingSince: '2026-11-21T09:00:00Z',
});
const pickup = (pickupOn: string, location = kochi): PickupRow => ({
  id: pickupOn,
  pickupOn,
  status: 'PLANNED',
  carrierReference: null,
  waitingCount: 2,
  carrierAccount: main,
  location,
});
const points = (handOvers: WaitingRow[], carrierPickups: PickupRow[] = []) => {
  const data: HandOverData = {
    handOvers: { nodes: handOvers },
    carrierPickups: { nodes: carrierPickups },
    manifests: { nodes: [] },
  };
  return pointsOf(data, '2026-11-21');
};

test('what waits and who comes there are on one card', () => {
  const [point, ...more] = points([waiting()], [pickup('2026-11-23'), pickup('2026-11-21')]);
  expect(more).toEqual([]);
  expect(point).toMatchObject({ key: '1-1', waiting: { boxCount: 2 } });
  expect(point?.pickups.map(({ pickupOn }) => pickupOn)).toEqual(['2026-11-21', '2026-11-23']);
});

test('a visit of yesterday is no news; one of today is, also when nothing waits', () => {
  expect(points([], [pickup('2026-11-20')])).toEqual([]);
  expect(points([], [pickup('2026-11-21')])).toMatchObject([{ waiting: null }]);
});

test('cards are in the order of locations and accounts', () => {
  const rows = [waiting(kochi, account(3, 'B')), waiting(kochi, account(2, 'A')), waiting(aluva)];
  expect(points(rows).map(({ key }) => key)).toEqual(['2-1', '1-2', '1-3']);
});
