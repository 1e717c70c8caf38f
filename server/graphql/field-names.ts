/** GraphQL has checked the input; this only says so to TypeScript. */
export function fieldsOf(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) throw new TypeError('GraphQL checks its inputs');
  return input as Record<string, unknown>;
}

/** Gives fields the names of columns; those of amounts end in their unit. */
export function rowNamer(amounts: ReadonlySet<string>) {
  const columnOf = (name: string) => {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return amounts.has(name) ? `${snake}_minor` : snake;
  };
  return (fields: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [columnOf(name), value]));
}
