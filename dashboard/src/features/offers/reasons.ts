const rules: Readonly<Record<string, string>> = {
  cheapest: 'The lowest price is chosen.',
  fastest: 'The fastest is chosen.',
  priority: 'The account that comes first is chosen.',
};

export function ruleTold(rule: string): string {
  return rules[rule.toLowerCase()] ?? '';
}

const reasons: Readonly<Record<string, string>> = {
  not_served: 'Does not go to this PIN code',
  embargo: 'Takes nothing there for now',
  cod_not_taken: 'Collects no cash there',
  prepaid_not_taken: 'Takes only cash on delivery there',
  over_weight_limit: 'Too heavy for it',
  over_value_limit: 'Worth more than it takes',
  circuit_open: 'Was down',
  not_answered: 'Did not answer',
  address_not_taken: 'Does not take the address',
  refused: 'Refused the question',
  no_price: 'Has no price',
};

/** Why an offer was not taken, in words. */
export function reasonOf(
  reason: string | null,
  rule: string,
  detail: string | null = null,
): string {
  const known = reasons[(reason ?? '').toLowerCase()];
  if (known !== undefined) return detail === null ? known : `${known}: ${detail}`;
  return { cheapest: 'Not cheaper', fastest: 'Not faster' }[rule.toLowerCase()] ?? 'Comes later';
}
