import type { ActorRole } from '../support/acting.ts';

export interface ExpectedMove {
  to: string;
  roles: readonly ActorRole[];
  needs?: 'reason' | 'tracking_code';
}

/** What each status of a workflow leads to. Written down here a second time, on purpose. */
export type ExpectedMoves = Record<string, ExpectedMove[]>;

export const actorRoles = ['owner', 'manager', 'staff', 'system', 'carrier'] as const;

const members = ['owner', 'manager', 'staff'] as const;
const workers = ['system', ...members] as const;
const scans = ['carrier', ...members] as const;
const anybody = actorRoles;
const cancelled = { to: 'cancelled', roles: workers, needs: 'reason' } as const;

export const automated: ExpectedMoves = {
  received: [{ to: 'validated', roles: workers }, cancelled],
  validated: [{ to: 'assigned', roles: workers }, cancelled],
  assigned: [{ to: 'labelled', roles: anybody }, cancelled],
  labelled: [{ to: 'dispatched', roles: anybody }, cancelled],
  dispatched: [
    { to: 'delivered', roles: anybody },
    { to: 'returned', roles: anybody },
  ],
  delivered: [],
  cancelled: [],
  returned: [],
};

export const shipping: ExpectedMoves = {
  pending: [{ to: 'accepted', roles: members }, cancelled],
  accepted: [
    { to: 'packing', roles: members },
    { to: 'shipped', roles: members, needs: 'tracking_code' },
    cancelled,
  ],
  packing: [{ to: 'shipped', roles: members, needs: 'tracking_code' }, cancelled],
  shipped: [
    { to: 'delivered', roles: scans },
    { to: 'returned', roles: scans },
  ],
  delivered: [],
  cancelled: [],
  returned: [],
};

export const pickup: ExpectedMoves = {
  pending: [{ to: 'accepted', roles: members }, cancelled],
  accepted: [{ to: 'in_progress', roles: members }, cancelled],
  in_progress: [{ to: 'ready', roles: members }, cancelled],
  ready: [{ to: 'completed', roles: members }, cancelled],
  completed: [],
  cancelled: [],
};

const byAnybody = (...statuses: string[]) => statuses.map((to) => ({ to, roles: anybody }));

/**
 * Carriers skip scans: a parcel may jump forward, and goes back only from undelivered. One that is planned
 * here was booked, and its label was given up.
 */
export const parcel: ExpectedMoves = {
  planned: [
    { to: 'labelled', roles: workers },
    ...byAnybody('handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'delivered'),
    ...byAnybody('rto', 'returned', 'lost', 'cancelled'),
  ],
  labelled: [
    ...byAnybody('handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'delivered'),
    ...byAnybody('rto', 'returned', 'lost', 'cancelled'),
  ],
  handed_over: byAnybody(
    'in_transit',
    'out_for_delivery',
    'undelivered',
    'delivered',
    'rto',
    'returned',
    'lost',
  ),
  in_transit: byAnybody('out_for_delivery', 'undelivered', 'delivered', 'rto', 'returned', 'lost'),
  out_for_delivery: byAnybody('undelivered', 'delivered', 'rto', 'returned', 'lost'),
  undelivered: byAnybody('out_for_delivery', 'delivered', 'rto', 'returned', 'lost'),
  rto: byAnybody('returned', 'lost'),
  delivered: [],
  returned: [],
  lost: [],
  cancelled: [],
};
