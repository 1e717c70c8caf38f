import './exceptions.css';

export function AttentionBadge({ reason }: { reason: string | null }) {
  return (
    <span className="attention-badge" title={reason ?? undefined} data-testid="attention-badge">
      <span aria-hidden="true">!</span> Attention
    </span>
  );
}
