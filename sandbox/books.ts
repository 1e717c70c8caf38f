import { BlueDartBooks } from './bluedart/books.ts';
import type { CarrierPickup, Mail, Message, Parcel, Reservation, Snapshot } from './records.ts';
import { ShiprocketBooks } from './shiprocket/books.ts';
import type { Template } from './whatsapp/template-shape.ts';

/**
 * What the outside world knows happened: the second book that tests and the demo compare with ours.
 * Only handlers that caused an effect write here; what a client was told is not in it.
 */
export class Books {
  parcels = new Map<string, Parcel>();
  /** Several parcels can carry one reference: that is how a double shipment shows. */
  parcelsByReference = new Map<string, Parcel[]>();
  reservations = new Map<string, Reservation>();
  pickups: CarrierPickup[] = [];
  bluedart = new BlueDartBooks(() => this.changed());
  messages = new Map<string, Message>();
  templates = new Map<string, Template>();
  mails: Mail[] = [];
  shiprocket: ShiprocketBooks;
  /** References whose one failed label try is over. */
  labelFailures = new Set<string>();
  requests: Record<string, Record<string, number>> = {};
  #serial: number;
  #onChange: () => void;

  constructor(firstSerial: number, onChange: () => void) {
    this.#serial = firstSerial;
    this.#onChange = onChange;
    this.shiprocket = new ShiprocketBooks(onChange);
  }

  /** Rises for ever, also over a reset: a number that was given out never names a second thing. */
  nextSerial(): number {
    this.changed();
    return this.#serial++;
  }

  addParcel(parcel: Parcel): void {
    this.parcels.set(parcel.awb, parcel);
    const key = referenceKey(parcel.account, parcel.reference);
    const others = this.parcelsByReference.get(key);
    if (others === undefined) this.parcelsByReference.set(key, [parcel]);
    else others.push(parcel);
    this.changed();
  }

  parcelsOf(account: string, reference: string): readonly Parcel[] {
    return this.parcelsByReference.get(referenceKey(account, reference)) ?? [];
  }

  count(operation: string, outcome: string): void {
    const outcomes = (this.requests[operation] ??= {});
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    this.changed();
  }

  changed(): void {
    this.#onChange();
  }

  /** Forgets what happened; templates stay, as they do at Meta. */
  reset(): void {
    this.parcels.clear();
    this.parcelsByReference.clear();
    this.reservations.clear();
    this.pickups = [];
    this.bluedart.reset();
    this.messages.clear();
    this.mails = [];
    this.shiprocket.reset();
    this.labelFailures.clear();
    this.requests = {};
    this.changed();
  }

  summary(): Record<string, unknown> {
    const parcels = [...this.parcels.values()];
    const messages = [...this.messages.values()];
    return {
      parcels: parcels.length,
      parcels_by_status: tally(parcels, (parcel) => parcel.scans.at(-1)?.status ?? 'none'),
      parcels_cancelled: parcels.filter((parcel) => parcel.cancelledAt !== null).length,
      references_with_several_parcels: [...this.parcelsByReference.values()].filter(
        (sharing) => sharing.length > 1,
      ).length,
      reservations: this.reservations.size,
      pickups: this.pickups.length,
      bluedart: this.bluedart.summary(),
      messages: messages.length,
      messages_by_status: tally(messages, ({ statuses }) => statuses.at(-1)?.status ?? 'accepted'),
      mails: this.mails.length,
      first_label_failures: this.labelFailures.size,
      shiprocket: this.shiprocket.summary(),
      requests: this.requests,
    };
  }

  snapshot(): Snapshot {
    return {
      version: 1,
      serial: this.#serial,
      parcels: [...this.parcels.values()],
      reservations: [...this.reservations.values()],
      pickups: this.pickups,
      bluedart: this.bluedart.snapshot(),
      messages: [...this.messages.values()],
      templates: [...this.templates.values()],
      mails: this.mails,
      labelFailures: [...this.labelFailures],
      requests: this.requests,
      shiprocket: this.shiprocket.snapshot(),
    };
  }

  restore(snapshot: Snapshot): void {
    this.reset();
    this.#serial = Math.max(this.#serial, snapshot.serial);
    for (const parcel of snapshot.parcels) this.addParcel(parcel);
    for (const row of snapshot.reservations) this.reservations.set(row.awb, row);
    this.pickups = snapshot.pickups;
    this.bluedart.restore(snapshot.bluedart);
    for (const message of snapshot.messages) this.messages.set(message.id, message);
    for (const template of snapshot.templates) this.templates.set(template.id, template);
    this.mails = snapshot.mails;
    this.labelFailures = new Set(snapshot.labelFailures);
    this.requests = snapshot.requests;
    if (snapshot.shiprocket !== undefined) this.shiprocket.restore(snapshot.shiprocket);
  }
}

function referenceKey(account: string, reference: string): string {
  return `${account}\n${reference}`;
}

function tally<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1;
  return counts;
}
