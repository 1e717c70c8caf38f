/** How one operation of a service is called. Without one it cannot be called at all. */
export interface Policy {
  /** `effect`: a lost answer may hide that it happened. `read`: it may simply be asked again. */
  does: 'read' | 'effect';
  timeoutMs: number;
  /**
   * What follows a lost answer: the call as it was, a look at what there is, or a person, because the
   * service has neither.
   */
  afterUnknown: 'repeat' | 'look_up' | 'ask';
}

/** All operations of one service. */
export type Policies = Readonly<Record<string, Policy>>;

export const read = (timeoutMs: number): Policy => ({
  does: 'read',
  timeoutMs,
  afterUnknown: 'repeat',
});

export const effect = (timeoutMs: number, afterUnknown: Policy['afterUnknown']): Policy => ({
  does: 'effect',
  timeoutMs,
  afterUnknown,
});
