import type { ShiprocketAccount } from './accounts.ts';
import type { ShiprocketSnapshot, SrOrder } from './records.ts';

/** Shiprocket's own books: an order has one shipment, a shipment at most one AWB. */
export class ShiprocketBooks {
  orders = new Map<number, SrOrder>();
  byShipment = new Map<number, SrOrder>();
  byAwb = new Map<string, SrOrder>();
  /** Paise; an account that is not here has not spent anything yet. */
  wallets = new Map<string, number>();
  revokedTokens = new Set<string>();
  #byReference = new Map<string, SrOrder>();
  #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  add(order: SrOrder): void {
    this.orders.set(order.id, order);
    this.byShipment.set(order.shipmentId, order);
    this.#byReference.set(referenceKey(order.account, order.reference), order);
    if (order.awb !== null) this.byAwb.set(order.awb, order);
    this.#onChange();
  }

  assign(order: SrOrder, awb: string): void {
    order.awb = awb;
    this.byAwb.set(awb, order);
    this.#onChange();
  }

  withReference(account: string, reference: string): SrOrder | undefined {
    return this.#byReference.get(referenceKey(account, reference));
  }

  balancePaise(account: ShiprocketAccount): number {
    return this.wallets.get(account.email) ?? account.walletRupees * 100;
  }

  charge(account: ShiprocketAccount, paise: number): void {
    this.wallets.set(account.email, this.balancePaise(account) - paise);
    this.#onChange();
  }

  changed(): void {
    this.#onChange();
  }

  reset(): void {
    this.orders.clear();
    this.byShipment.clear();
    this.byAwb.clear();
    this.wallets.clear();
    this.#byReference.clear();
    this.revokedTokens.clear();
  }

  summary(): Record<string, unknown> {
    const orders = [...this.orders.values()];
    const booked = orders.filter(({ awb }) => awb !== null);
    return {
      orders: orders.length,
      orders_cancelled: orders.filter(({ cancelledAt }) => cancelledAt !== null).length,
      parcels: booked.length,
      parcels_cancelled: booked.filter(({ cancelledAt }) => cancelledAt !== null).length,
      references_with_several_live_parcels: this.#shippedTwice(booked),
    };
  }

  /** `X` and `X-R2` are tries at the same thing: both alive is an order shipped twice. */
  #shippedTwice(booked: readonly SrOrder[]): number {
    const live = new Map<string, number>();
    for (const { account, reference, cancelRequestedAt } of booked) {
      if (cancelRequestedAt !== null) continue;
      const key = referenceKey(account, reference.replace(/-R\d+$/, ''));
      live.set(key, (live.get(key) ?? 0) + 1);
    }
    return [...live.values()].filter((count) => count > 1).length;
  }

  snapshot(): ShiprocketSnapshot {
    return {
      orders: [...this.orders.values()],
      wallets: Object.fromEntries(this.wallets),
      revokedTokens: [...this.revokedTokens],
    };
  }

  restore(snapshot: ShiprocketSnapshot): void {
    this.reset();
    for (const order of snapshot.orders) this.add(order);
    this.wallets = new Map(Object.entries(snapshot.wallets));
    this.revokedTokens = new Set(snapshot.revokedTokens);
  }
}

function referenceKey(account: string, reference: string): string {
  return `${account}\n${reference}`;
}
