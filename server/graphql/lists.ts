/**
 * How lists are narrowed and ordered. Each filter and each order is there because an index serves it
 * (or the table stays small), which `lists.test.ts` and `docs/plans.md` hold; a filter that is not
 * here is not offered, rather than offered and slow at a million orders.
 */
export interface Filter {
  column: string;
  /**
   * `is`: equal. `oneOf`: in a list. `present`: a Boolean, whether it is null. `between`: a range of
   * times. `idBetween`: the same, of the moment that is in the UUIDv7. `search`: the one box.
   * `open`: a Boolean, whether the time is still to come and nothing has ended it before.
   */
  by: 'is' | 'oneOf' | 'present' | 'absent' | 'between' | 'idBetween' | 'search' | 'open';
  /** Of `open`: the times that end it, null until then. */
  endedBy?: readonly string[];
  description: string;
}

export interface Order {
  columns: readonly (readonly [column: string, direction: 'ASC' | 'DESC'])[];
  /** Rows without a value have no place in the order: they are left out, and the index is used. */
  only?: string;
  description: string;
}

export interface List {
  filters?: Readonly<Record<string, Filter>>;
  /** The first is the default. Each ends in the whole key, so that paging loses no row. */
  orders?: Readonly<Record<string, Order>>;
}

const newest = {
  columns: [['id', 'DESC']],
  description: 'The one that came last is first.',
} as const;
const oldest = {
  columns: [['id', 'ASC']],
  description: 'The one that came first is first.',
} as const;
const byAge = { NEWEST_FIRST: newest, OLDEST_FIRST: oldest } as const;

export const lists: Readonly<Record<string, List>> = {
  order: {
    filters: {
      ids: { column: 'id', by: 'oneOf', description: 'These orders, 100 at most.' },
      storeId: { column: 'store_id', by: 'is', description: 'Orders of this store.' },
      statuses: { column: 'status', by: 'oneOf', description: 'Orders in one of these statuses.' },
      needsAttention: {
        column: 'attention',
        by: 'present',
        description: 'True: orders that a person should look at. False: all others.',
      },
      placedAt: {
        column: 'placed_at',
        by: 'between',
        description: 'Orders that the customer placed in this time.',
      },
      search: {
        column: 'id',
        by: 'search',
        description:
          'Number (1001, #1001), number in the shop, name (words or their beginnings, in any ' +
          'order), phone (however it is written, or its last four digits or more), e-mail ' +
          'address, public id, AWB or tracking code. Looks through the newest 100 that match.',
      },
    },
    orders: {
      ...byAge,
      LONGEST_ATTENTION_FIRST: {
        columns: [
          ['attention_since', 'ASC'],
          ['id', 'ASC'],
        ],
        only: 'attention',
        description:
          'Only orders that need attention, the one that has needed it longest first: the ' +
          'exceptions queue.',
      },
    },
  },
  orderEvent: {
    filters: {
      types: { column: 'type', by: 'oneOf', description: 'Events of these types.' },
      shipmentId: { column: 'shipment_id', by: 'is', description: 'Events of this box.' },
    },
    orders: {
      FIRST_TO_LAST: { columns: [['seq', 'ASC']], description: 'As it happened.' },
      LAST_TO_FIRST: { columns: [['seq', 'DESC']], description: 'The latest first.' },
    },
  },
  shipment: {
    filters: {
      statuses: { column: 'status', by: 'oneOf', description: 'Boxes in one of these statuses.' },
      carrierAccountId: {
        column: 'carrier_account_id',
        by: 'is',
        description: 'Boxes that go with this carrier account.',
      },
      locationId: {
        column: 'location_id',
        by: 'is',
        description: 'Boxes that leave from this location.',
      },
      isOnManifest: {
        column: 'manifest_id',
        by: 'present',
        description: 'True: boxes that are on a hand-over list. False: those that are on none.',
      },
    },
    orders: { OLDEST_FIRST: oldest, NEWEST_FIRST: newest },
  },
  member: {
    filters: {
      isActive: {
        column: 'disabled_at',
        by: 'absent',
        description: 'True: members who can sign in. False: those who no longer can.',
      },
    },
    orders: {
      OLDEST_FIRST: oldest,
      BY_NAME: {
        columns: [
          ['name', 'ASC'],
          ['id', 'ASC'],
        ],
        description: 'By the alphabet.',
      },
    },
  },
  session: {
    filters: {
      onlyOpen: {
        column: 'expires_at',
        by: 'open',
        endedBy: ['ended_at'],
        description: 'True: only those that can go on. False: all.',
      },
    },
    orders: {
      LAST_USED_FIRST: {
        columns: [
          ['last_used_at', 'DESC'],
          ['id', 'DESC'],
        ],
        description: 'The one that was used last is first.',
      },
      NEWEST_FIRST: newest,
    },
  },
  invitation: {
    filters: {
      onlyOpen: {
        column: 'expires_at',
        by: 'open',
        endedBy: ['accepted_at', 'revoked_at'],
        description: 'True: only those whose link works. False: all.',
      },
    },
    orders: byAge,
  },
  auditEntry: {
    filters: {
      recordedAt: { column: 'id', by: 'idBetween', description: 'Changes written in this time.' },
    },
    orders: byAge,
  },
  deadLetter: {
    filters: {
      isOpen: {
        column: 'resolved_at',
        by: 'absent',
        description: 'True: still waiting for a person. False: settled.',
      },
      kinds: { column: 'effect_kind', by: 'oneOf', description: 'Calls of these kinds.' },
    },
    orders: { OLDEST_FIRST: oldest, NEWEST_FIRST: newest },
  },
  inboundMessage: {
    filters: {
      statuses: { column: 'status', by: 'oneOf', description: 'Webhooks in these statuses.' },
      receivedAt: {
        column: 'id',
        by: 'idBetween',
        description: 'Webhooks that came in this time.',
      },
    },
    orders: byAge,
  },
  carrierCall: {
    filters: {
      reference: {
        column: 'reference',
        by: 'is',
        description: 'All attempts of one effect: see `Effect.reference`.',
      },
      calledAt: { column: 'id', by: 'idBetween', description: 'Calls made in this time.' },
    },
    orders: byAge,
  },
  rateQuote: {
    orders: {
      BEST_FIRST: {
        columns: [
          ['round', 'DESC'],
          ['rank', 'ASC'],
        ],
        description: 'The latest round first, and in it the chosen one.',
      },
    },
  },
  rateCard: {
    filters: {
      carrierAccountId: {
        column: 'carrier_account_id',
        by: 'is',
        description: 'Rate cards of this contract.',
      },
    },
    orders: {
      NEWEST_FIRST: newest,
      LATEST_START_FIRST: {
        columns: [
          ['valid_from', 'DESC'],
          ['id', 'DESC'],
        ],
        description: 'The one that begins last is first.',
      },
    },
  },
  carrierAccountField: {
    filters: {
      carrier: { column: 'carrier', by: 'is', description: 'Of this carrier.' },
    },
    orders: {
      AS_IN_A_FORM: {
        columns: [
          ['carrier', 'ASC'],
          ['position', 'ASC'],
          ['field', 'ASC'],
        ],
        description: 'By carrier, and then as a form asks for them.',
      },
    },
  },
  carrierPickup: {
    filters: {
      carrierAccountId: {
        column: 'carrier_account_id',
        by: 'is',
        description: 'Visits under this contract.',
      },
      locationId: { column: 'location_id', by: 'is', description: 'Visits to this location.' },
    },
    orders: byAge,
  },
  handOver: {
    orders: {
      BY_LOCATION: {
        columns: [
          ['location_id', 'ASC'],
          ['carrier_account_id', 'ASC'],
        ],
        description: 'Location by location.',
      },
    },
  },
  manifest: {
    filters: {
      carrierAccountId: {
        column: 'carrier_account_id',
        by: 'is',
        description: 'Hand-overs under this contract.',
      },
      locationId: { column: 'location_id', by: 'is', description: 'Hand-overs at this location.' },
    },
    orders: byAge,
  },
  manifestBox: {
    orders: {
      AS_PRINTED: {
        columns: [['line', 'ASC']],
        description: 'As on paper.',
      },
    },
  },
};
