/** What a body parser says of a body that was too large, in the form of our refusals. */
export function tooLarge(
  error: unknown,
): { message: string; facts: Record<string, unknown> } | undefined {
  if (typeof error !== 'object' || error === null || !('type' in error)) return undefined;
  if (error.type !== 'entity.too.large' || !('limit' in error)) return undefined;
  const actual = 'length' in error && typeof error.length === 'number' ? error.length : undefined;
  return {
    message: `A body has at most ${String(error.limit)} bytes.`,
    // A body that is sent in chunks is cut off at the limit: how long it is is not known.
    facts: {
      limit: 'bodyBytes',
      allowed: error.limit,
      ...(actual === undefined ? {} : { actual }),
    },
  };
}
