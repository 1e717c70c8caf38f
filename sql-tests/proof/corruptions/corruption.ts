export interface Corruption {
  what: string;
  /** The invariant that is meant to name it. */
  breaks: string;
  /** Whatever else is then no longer true. */
  also?: string[];
  /** Run as a superuser to whom no trigger, foreign key or policy applies; see forge.sql. */
  sql: string;
}

export const ofDelivered = `order_id = forge.id('delivered')`;
