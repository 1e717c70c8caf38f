interface WebhookSecretProps {
  accountId: number;
  secret: string;
  onClose: () => void;
}

/** The one time that the secret of a carrier's webhooks is told. */
export function WebhookSecret({ accountId, secret, onClose }: WebhookSecretProps) {
  const address = new URL(`webhooks/carrier/${accountId}`, document.baseURI).href;
  const shown: readonly (readonly [string, string])[] = [
    ['Address of the webhook', address],
    ['Secret, in the header x-waybill-carrier-secret or x-api-key', secret],
  ];
  return (
    <div className="link-box" role="status" data-testid="webhook-secret">
      <strong>For the carrier’s panel</strong>
      {shown.map(([label, value]) => (
        <label className="field" key={label}>
          {label}
          <input readOnly value={value} onFocus={(event) => event.currentTarget.select()} />
        </label>
      ))}
      <p className="small">The secret is not shown again.</p>
      <div>
        <button type="button" className="button small" onClick={onClose}>
          Done
        </button>
      </div>
    </div>
  );
}
