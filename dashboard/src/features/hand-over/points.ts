import type {
  Account,
  HandOverData,
  PickupRow,
  Place,
  PointRow,
  WaitingRow,
} from './hand-over.graphql.ts';

/** What is on one card: what waits there, and the visits of today and later. */
export interface Point {
  key: string;
  account: Account;
  location: Place;
  waiting: WaitingRow | null;
  pickups: PickupRow[];
}

export const pointKey = ({ carrierAccount, location }: PointRow) =>
  `${location.id}-${carrierAccount.id}`;

/** Where something waits or somebody comes, location by location. `today` is `YYYY-MM-DD`. */
export function pointsOf(data: HandOverData, today: string): Point[] {
  const points = new Map<string, Point>();
  const at = (row: PointRow): Point => {
    const key = pointKey(row);
    const known = points.get(key) ?? {
      key,
      account: row.carrierAccount,
      location: row.location,
      waiting: null,
      pickups: [],
    };
    points.set(key, known);
    return known;
  };
  for (const row of data.handOvers.nodes) at(row).waiting = row;
  for (const row of data.carrierPickups.nodes) {
    if (row.pickupOn >= today) at(row).pickups.push(row);
  }
  for (const { pickups } of points.values()) {
    pickups.sort((a, b) => a.pickupOn.localeCompare(b.pickupOn));
  }
  return [...points.values()].sort(
    (a, b) => byName(a.location, b.location) || byName(a.account, b.account),
  );
}

const byName = (a: { name: string; id: number }, b: { name: string; id: number }) =>
  a.name.localeCompare(b.name) || a.id - b.id;
