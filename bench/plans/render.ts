import type { HotPlan } from './collect.ts';

const head = (orders: number) => `# Plans of the hot statements

Made by \`npm run docs:plans\` from a database with ${orders.toLocaleString('en')} orders, a year of history; do not edit.
The plans are taken by auto_explain while the statements run: those of the API exactly as the server sends them, under
a member's role and with row-level security; those of the workers inside their functions. A branch that is \`never
executed\` is shown as well: partitions are ruled out when a statement starts or runs, not always when it is planned.

No table that grows with the orders is read as a whole: the generator refuses to write this page otherwise, and
\`bench/plans.test.ts\` asserts it, with the indexes, on each change. What the statements cost: [performance](performance.md).
`;

export function renderPlans(found: HotPlan[], orders: number): string {
  const sections = found.map(
    ({ name, about, plans, shownAbove }) =>
      `\n## ${name}\n\n${about}\n${above(shownAbove)}${plans.map((plan) => `\n\`\`\`\n${plan}\n\`\`\`\n`).join('')}`,
  );
  return head(orders) + sections.join('');
}

function above(count: number): string {
  return count === 0 ? '' : `\nAnd ${count} that ${count === 1 ? 'is' : 'are'} shown above.\n`;
}
