/**
 * The lives of orders that history is made of. Each story is driven through the real functions and
 * triggers once for every variant of its shopping basket, and then copied many times.
 */
import type { OrderWorkflow } from '../../sql-tests/support/merchants.ts';

/** What happens next, and how many hours after the order was placed. */
export type Step = [hours: number, ...what: Act];

export type Act =
  | ['move', to: string]
  | ['ship']
  | ['cancel', reason: string]
  | ['scan', status: string]
  | ['correct address']
  | ['bad address']
  | ['message fails'];

export interface Story {
  name: string;
  workflow: OrderWorkflow;
  /** terminal: it is over. active: it goes on. attention: a human has to look. */
  ends: 'terminal' | 'active' | 'attention';
  /** How many of all orders that end so; 0: only where the carrier's first visit of a day is needed. */
  weight: number;
  /** Told in a merchant of its own, so that it is the day's first box and asks the carrier to come. */
  callsCarrier?: boolean;
  steps: Step[];
}

const counter: Step[] = [
  [0.1, 'move', 'accepted'],
  [0.4, 'move', 'in_progress'],
  [1, 'move', 'ready'],
];
const packed: Step[] = [
  [0.3, 'move', 'accepted'],
  [1.2, 'move', 'packing'],
];
const onItsWay: Step[] = [[22, 'scan', 'in_transit']];
const delivered: Step[] = [
  ...onItsWay,
  [70, 'scan', 'out_for_delivery'],
  [75, 'scan', 'delivered'],
];

export const stories: Story[] = [
  story('collected', 'pickup', 'terminal', 400, [...counter, [9, 'move', 'completed']]),
  story('called off at the counter', 'pickup', 'terminal', 15, [
    [0.1, 'move', 'accepted'],
    [3, 'cancel', 'The customer changed their mind.'],
  ]),
  story('sent', 'shipping', 'terminal', 200, [
    [0.3, 'move', 'accepted'],
    [2, 'ship'],
    [60, 'move', 'delivered'],
  ]),
  story('packed and sent', 'shipping', 'terminal', 180, [
    ...packed,
    [4, 'ship'],
    [80, 'move', 'delivered'],
  ]),
  story('sent back', 'shipping', 'terminal', 12, [
    ...packed,
    [4, 'ship'],
    [150, 'move', 'returned'],
  ]),
  story('called off', 'shipping', 'terminal', 25, [[1, 'cancel', 'Ordered twice.']]),
  story('delivered', 'automated', 'terminal', 110, delivered),
  story('delivered at the second attempt', 'automated', 'terminal', 15, [
    ...onItsWay,
    [46, 'scan', 'out_for_delivery'],
    [50, 'scan', 'undelivered'],
    [70, 'scan', 'out_for_delivery'],
    [76, 'scan', 'delivered'],
  ]),
  story('delivered to a corrected address', 'automated', 'terminal', 10, [
    [0, 'bad address'],
    [1, 'correct address'],
    ...delivered,
  ]),
  story('returned', 'automated', 'terminal', 8, [
    ...onItsWay,
    [60, 'scan', 'undelivered'],
    [90, 'scan', 'rto'],
    [160, 'scan', 'returned'],
  ]),
  story('called off with its label', 'automated', 'terminal', 10, [[5, 'cancel', 'Out of stock.']]),
  { ...story('delivered', 'automated', 'terminal', 0, delivered), callsCarrier: true },
  story('new at the counter', 'pickup', 'active', 60, []),
  story('being prepared', 'pickup', 'active', 40, counter.slice(0, 2)),
  story('waits at the counter', 'pickup', 'active', 120, counter),
  story('new', 'shipping', 'active', 100, []),
  story('accepted', 'shipping', 'active', 90, packed.slice(0, 1)),
  story('packing', 'shipping', 'active', 80, packed),
  story('shipped', 'shipping', 'active', 200, [...packed, [4, 'ship']]),
  story('labelled', 'automated', 'active', 60, []),
  story('in transit', 'automated', 'active', 200, onItsWay),
  story('out for delivery', 'automated', 'active', 50, delivered.slice(0, 2)),
  { ...story('in transit', 'automated', 'active', 0, onItsWay), callsCarrier: true },
  story('nobody can find the house', 'automated', 'attention', 60, [[0, 'bad address']]),
  story('lost', 'automated', 'attention', 10, [...onItsWay, [90, 'scan', 'lost']]),
  story('cannot be told', 'shipping', 'attention', 30, [
    ...packed,
    [4, 'ship'],
    [4.2, 'message fails'],
  ]),
];

function story(
  name: string,
  workflow: OrderWorkflow,
  ends: Story['ends'],
  weight: number,
  steps: Step[],
): Story {
  return { name: `${workflow}: ${name}`, workflow, ends, weight, steps };
}
