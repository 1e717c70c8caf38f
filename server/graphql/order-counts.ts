/** The GraphQL type OrderCounts, asked for or told. */
export interface OrderCountsShape {
  total: number;
  needingAttention: number;
  byStatus: { status: string; count: number }[];
}

export function orderCountsOf(
  counts: Iterable<readonly [status: string, count: number]>,
  needingAttention: number,
): OrderCountsShape {
  const byStatus = [...counts].map(([status, count]) => ({ status, count }));
  return {
    total: byStatus.reduce((sum, { count }) => sum + count, 0),
    needingAttention,
    byStatus,
  };
}
