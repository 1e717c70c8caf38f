/**
 * Columns of text that hold one of a few words. The database holds them as text with a check, for
 * speed and so that a word can be added; the API shows enums. `enums.test.ts` compares the words with
 * the checks. Statuses, event types, roles, carriers and kinds of effects are tables of their own
 * (`relations.ts`).
 */
export interface WordList {
  description: string;
  /** `table.column` of every column that holds it. */
  columns: readonly string[];
  /** By the word of the database: what it means, and its name where it is not the word itself. */
  words: Readonly<Record<string, string | { name: string; description: string }>>;
}

export const wordLists: Readonly<Record<string, WordList>> = {
  Workflow: {
    description: 'Which path an order takes. The store chooses it.',
    columns: ['stores.workflow', 'orders_current.workflow', 'workflow_statuses.workflow'],
    words: {
      automated: 'Waybill drives: validate, assign, label, dispatch, deliver.',
      shipping: 'Staff drive: accept, pack, ship.',
      pickup: 'Staff drive: accept, prepare, hand over at the counter.',
    },
  },
  FulfilmentType: {
    description: 'How an order reaches its customer.',
    columns: ['orders_current.fulfilment_type'],
    words: {
      shipping: 'A carrier brings it.',
      pickup: 'The customer collects it at the counter.',
    },
  },
  ShippingStatus: {
    description: 'Where an order is once it has left. Null before.',
    columns: ['orders_current.shipping_status'],
    words: {
      shipped: 'On its way.',
      delivered: 'At the customer’s door.',
      returned: 'Back at the merchant.',
    },
  },
  PaymentMode: {
    description: 'Who pays when.',
    columns: ['orders_current.payment_mode', 'shipments_current.payment_mode'],
    words: {
      prepaid: 'Paid already: nothing to collect.',
      cod: 'Cash on delivery: the courier collects the COD amount.',
    },
  },
  Channel: {
    description: 'Where orders come from.',
    columns: ['stores.channel', 'orders_current.source'],
    words: {
      shopify: 'A Shopify shop.',
      web: 'A web shop that places orders through this API.',
      counter: 'A counter where people order.',
    },
  },
  ActorRole: {
    description: 'As what somebody acted.',
    columns: ['order_events.actor_role', 'audit_log.actor_role'],
    words: {
      owner: 'A member who is an owner.',
      manager: 'A member who is a manager.',
      staff: 'A member of staff.',
      system: 'Waybill’s workers.',
      carrier: 'A carrier’s report.',
      dba: 'Somebody in the database itself.',
    },
  },
  NdrCaseStatus: {
    description: 'How far the case of a failed delivery is.',
    columns: ['ndr_cases.status'],
    words: {
      open: 'Nobody has decided what follows.',
      acted: 'Decided; the parcel has not gone on yet.',
      closed: 'The parcel has gone on: see the outcome.',
    },
  },
  NdrAction: {
    description: 'What is to follow a failed delivery.',
    columns: ['ndr_cases.action'],
    words: {
      re_attempt: 'The courier tries again.',
      return: 'The parcel comes back.',
      by_hand: 'Somebody called the carrier; the note says what was agreed.',
    },
  },
  NdrOutcome: {
    description: 'What a parcel did after a failed delivery.',
    columns: ['ndr_cases.outcome'],
    words: {
      out_for_delivery: 'The courier set out again.',
      delivered: 'It was delivered.',
      undelivered: 'The next attempt failed too; that is a case of its own.',
      rto: 'It is on its way back.',
      returned: 'It is back.',
      lost: 'The carrier lost it.',
    },
  },
  EffectStatus: {
    description: 'How far an effect is.',
    columns: ['effects.status'],
    words: {
      intent: { name: 'PLANNED', description: 'Nothing has been sent.' },
      sending: 'Sent; the outcome is not known yet.',
      confirmed: 'Done, and recorded.',
      dead: 'Refused, or all tries used up: it waits as a dead letter.',
      abandoned: 'No longer wanted, such as the label of a cancelled order.',
    },
  },
  MessageKind: {
    description: 'What a message tells the customer. Each order has one of each at most.',
    columns: ['messages.kind', 'message_templates.message_kind'],
    words: {
      message_packed: { name: 'PACKED', description: 'The order is packed.' },
      message_shipped: { name: 'SHIPPED', description: 'The order is on its way.' },
      message_delivered: { name: 'DELIVERED', description: 'The order was delivered.' },
      message_ready: { name: 'READY', description: 'The order waits at the counter.' },
    },
  },
  MessageStatus: {
    description: 'How far a message is.',
    columns: ['messages.status'],
    words: {
      sending: 'Handed over; whether it was taken is not known.',
      sent: 'The service took it.',
      delivered: 'On the customer’s phone.',
      read: 'The customer opened it.',
      failed: 'The service could not deliver it.',
    },
  },
  InboundMessageStatus: {
    description: 'What became of a webhook.',
    columns: ['inbound_messages.status'],
    words: {
      received: 'Stored; nothing made of it yet.',
      processed: 'Understood and acted on.',
      attention: { name: 'NEEDS_ATTENTION', description: 'Not understood: a person must look.' },
    },
  },
  CarrierPickupStatus: {
    description: 'How far a visit is.',
    columns: ['carrier_pickups.status'],
    words: {
      planned: 'Boxes wait for it; the carrier was not asked yet, or has not answered.',
      requested: 'The carrier was asked and comes.',
      refused: 'The carrier does not come: a dead letter says why.',
    },
  },
  CircuitState: {
    description: 'Whether calls to an outside account are let through.',
    columns: ['carrier_circuits.state'],
    words: {
      closed: 'Calls go through.',
      open: 'No call goes out until the next probe.',
    },
  },
  ConnectionCheckStatus: {
    description: 'Whether a check was answered.',
    columns: ['carrier_connection_checks.status'],
    words: {
      waiting: 'A worker will ask, usually within seconds.',
      done: 'It was answered.',
    },
  },
  ConnectionCheckCode: {
    description: 'What came of a check.',
    columns: ['carrier_connection_checks.code'],
    words: {
      ok: 'The carrier takes the credentials and answers.',
      no_credentials: 'The account has no credentials, or not all settings.',
      credentials_refused: 'The carrier does not take the credentials.',
      wrong_environment: 'The credentials are of the carrier’s other environment.',
      account_blocked: 'The carrier knows the account, but lets it do nothing.',
      unreachable: 'The carrier could not be reached, or was in trouble.',
      unknown_answer: 'The carrier answered in a way that is not known.',
    },
  },
  CarrierFieldKind: {
    description: 'What becomes of something that a carrier wants to know.',
    columns: ['carrier_account_fields.kind'],
    words: {
      setting: 'It may be read and changed.',
      credential: 'It is encrypted, and never read again.',
    },
  },
  CallOutcome: {
    description: 'How a call to an outside service ended.',
    columns: ['carrier_calls.outcome'],
    words: {
      done: 'Done.',
      absent: 'Asked for something that is not there.',
      transient: 'Failed without effect; it will be tried again.',
      refused: 'Refused for good, with a reason.',
      exists: 'It had been done before.',
      unknown: 'Nobody knows whether it had an effect; it will be looked up.',
      account: 'The account is wrong: credentials, balance or rights.',
      drift: { name: 'UNRECOGNISED', description: 'An answer in a shape that is not known.' },
    },
  },
  InvitationPurpose: {
    description: 'What an invitation’s link is for.',
    columns: ['invitations.purpose', 'invitation_link.purpose'],
    words: {
      join: 'To become a member.',
      reset_password: 'To set a new password as the member one is.',
    },
  },
  AssignmentRule: {
    description: 'How the carrier of a box is chosen among those that take it.',
    columns: ['merchants.assignment_rule', 'stores.assignment_rule', 'rate_quotes.rule'],
    words: {
      cheapest: 'The lowest price; what has none comes last.',
      fastest: 'The fewest days; then the lowest price.',
      priority: 'The carrier account of the lowest priority number; then the lowest price.',
    },
  },
  QuoteReason: {
    description: 'Why an offer was not chosen.',
    columns: ['rate_quotes.reason'],
    words: {
      not_served: 'The account does not go to the PIN code.',
      embargo: 'The carrier takes nothing there for now.',
      cod_not_taken: 'No cash is collected there.',
      prepaid_not_taken: 'Only cash on delivery is taken there.',
      over_weight_limit: 'The box is too heavy for it.',
      over_value_limit: 'The box is worth more than it takes, or more is to be collected.',
      circuit_open: 'The carrier had failed too often and was being left alone.',
      not_answered: 'The carrier was asked and did not answer.',
      address_not_taken:
        'The carrier does not take the address as it is written; the detail names the field.',
      refused: 'The carrier refused the question.',
      no_price: 'Neither the carrier nor a rate card named a price.',
      ranked_lower: 'It takes the box, but by the rule another one was better.',
    },
  },
  RateSource: {
    description: 'Who named a price.',
    columns: ['rate_quotes.rate_source'],
    words: { carrier: 'The carrier.', rate_card: 'The merchant’s rate card.' },
  },
  AnswerSource: {
    description: 'Where a carrier’s answer came from.',
    columns: ['rate_quotes.answer_source'],
    words: {
      carrier: 'It was asked.',
      coverage: 'Its last answer about the PIN code still held.',
    },
  },
  RequiredInput: {
    description: 'What must come with a move.',
    columns: ['workflow_transitions.required_inputs'],
    words: {
      reason: 'A reason.',
      tracking_code: 'A well-formed tracking code.',
    },
  },
};
