/**
 * How a board shows the workflows: the database decides what is allowed, this only says what is
 * offered. Statuses are the lower-case names of the database.
 */
export type Workflow = 'automated' | 'shipping' | 'pickup';

export interface Step {
  to: string;
  label: string;
  /** Opens the dialog for the tracking code. */
  needsTracking?: boolean;
  needsReason?: boolean;
}

interface WorkflowView {
  columns: readonly string[];
  /** Where orders end beside the path. */
  asides: readonly string[];
  steps: Readonly<Record<string, Step>>;
  otherSteps: Readonly<Record<string, Step>>;
  cancellable: readonly string[];
}

const ship: Step = { to: 'shipped', label: 'Ship…', needsTracking: true };
const cameBack: Step = { to: 'returned', label: 'Came back…', needsReason: true };

const workflows: Readonly<Record<Workflow, WorkflowView>> = {
  automated: {
    columns: ['received', 'validated', 'assigned', 'labelled', 'dispatched', 'delivered'],
    asides: ['cancelled', 'returned'],
    steps: {},
    otherSteps: {},
    cancellable: ['received', 'validated', 'assigned', 'labelled'],
  },
  shipping: {
    columns: ['pending', 'accepted', 'packing', 'shipped', 'delivered'],
    asides: ['cancelled', 'returned'],
    steps: {
      pending: { to: 'accepted', label: 'Accept' },
      accepted: { to: 'packing', label: 'Start packing' },
      packing: ship,
      shipped: { to: 'delivered', label: 'Mark delivered' },
    },
    otherSteps: { accepted: ship, shipped: cameBack },
    cancellable: ['pending', 'accepted', 'packing'],
  },
  pickup: {
    columns: ['pending', 'accepted', 'in_progress', 'ready', 'completed'],
    asides: ['cancelled'],
    steps: {
      pending: { to: 'accepted', label: 'Accept' },
      accepted: { to: 'in_progress', label: 'Start preparing' },
      in_progress: { to: 'ready', label: 'Mark ready' },
      ready: { to: 'completed', label: 'Hand over' },
    },
    otherSteps: {},
    cancellable: ['pending', 'accepted', 'in_progress', 'ready'],
  },
};

const terminal = new Set(['delivered', 'completed', 'cancelled', 'returned']);

function isWorkflow(name: string): name is Workflow {
  return Object.hasOwn(workflows, name);
}

const unknownWorkflow: WorkflowView = {
  columns: [],
  asides: ['cancelled', 'returned'],
  steps: {},
  otherSteps: {},
  cancellable: [],
};

function viewOf(workflow: string): WorkflowView {
  const name = workflow.toLowerCase(); // the API writes it in capitals
  return isWorkflow(name) ? workflows[name] : unknownWorkflow;
}

export function columnsOf(workflow: string): readonly string[] {
  return viewOf(workflow).columns;
}

export function asidesOf(workflow: string): readonly string[] {
  return viewOf(workflow).asides;
}

export function nextStepOf(workflow: string, status: string): Step | null {
  return viewOf(workflow).steps[status] ?? null;
}

export function otherStepOf(workflow: string, status: string): Step | null {
  return viewOf(workflow).otherSteps[status] ?? null;
}

export function canCancel(workflow: string, status: string): boolean {
  return viewOf(workflow).cancellable.includes(status);
}

export function isTerminal(status: string): boolean {
  return terminal.has(status);
}

/** in_progress → In progress; RTO and NDR keep their capitals. */
export function statusLabel(status: string): string {
  if (status === 'rto') return 'Return to origin';
  const words = status.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
