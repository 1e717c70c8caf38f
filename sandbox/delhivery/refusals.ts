/** A reason why a shipment is refused, in the words of the real service. */
export interface Refusal {
  /** For the books. */
  code: string;
  reason: string;
  /** Most reasons arrive inside the sentence about a crash; these few do not. */
  bare?: boolean;
}

export function refuse(code: string, reason: string, bare = false): Refusal {
  return { code, reason, bare };
}

export function remarkOf({ reason, bare }: Refusal): string {
  if (bare === true) return reason;
  return (
    `Crashing while saving package due to exception '${reason}'. ` +
    'Package might have been partially saved.'
  );
}

export const genericRemark =
  'An internal Error has occurred, Please get in touch with client.support@delhivery.com';
