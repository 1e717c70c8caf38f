import type { BlueDartParcel, BlueDartPickup, BlueDartSnapshot } from './records.ts';

/** What Blue Dart knows happened. Part of the sandbox's books. */
export class BlueDartBooks {
  parcels = new Map<string, BlueDartParcel>();
  pickups: BlueDartPickup[] = [];
  #byReference = new Map<string, BlueDartParcel[]>();
  #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  addParcel(parcel: BlueDartParcel): void {
    this.parcels.set(parcel.awb, parcel);
    const key = `${parcel.account}\n${parcel.reference}`;
    const others = this.#byReference.get(key);
    if (others === undefined) this.#byReference.set(key, [parcel]);
    else others.push(parcel);
    this.#onChange();
  }

  parcelsOf(account: string, reference: string): readonly BlueDartParcel[] {
    return this.#byReference.get(`${account}\n${reference}`) ?? [];
  }

  reset(): void {
    this.parcels.clear();
    this.#byReference.clear();
    this.pickups = [];
    this.#onChange();
  }

  summary(): Record<string, unknown> {
    const parcels = [...this.parcels.values()];
    const byStatus: Record<string, number> = {};
    for (const { scans } of parcels) {
      const status = scans.at(-1)?.text ?? 'none';
      byStatus[status] = (byStatus[status] ?? 0) + 1;
    }
    const several = [...this.#byReference.values()].filter((sharing) => sharing.length > 1);
    return {
      parcels: parcels.length,
      parcels_by_status: byStatus,
      parcels_cancelled: parcels.filter(({ cancelledAt }) => cancelledAt !== null).length,
      references_with_several_parcels: several.length,
      pickups: this.pickups.length,
    };
  }

  snapshot(): BlueDartSnapshot {
    return { parcels: [...this.parcels.values()], pickups: this.pickups };
  }

  restore(snapshot: BlueDartSnapshot): void {
    this.reset();
    for (const parcel of snapshot.parcels) this.addParcel(parcel);
    this.pickups = snapshot.pickups;
  }
}
