import { useState } from 'react';
import { formatTime } from '../../format/time.ts';
import type { Link } from './account.graphql.ts';
import { joinLink } from './account-page.ts';

/** The one time that a link's secret is told. Nothing is mailed: whoever sees this passes it on. */
export function LinkBox({ link, onClose }: { link: Link; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const href = joinLink(link.token);
  const copy = () =>
    navigator.clipboard.writeText(href).then(
      () => setCopied(true),
      // Without https there is no clipboard; the text can still be selected.
      () => setCopied(false),
    );
  return (
    <div className="link-box" role="status" data-testid="link-box">
      <p>
        <strong>
          {link.purpose === 'JOIN' ? 'A link for' : 'A link to a new password for'} {link.name}
        </strong>
      </p>
      <input
        readOnly
        value={href}
        aria-label="Link"
        onFocus={(event) => event.currentTarget.select()}
        data-testid="link"
      />
      <p className="small">
        Pass it on yourself, to nobody else: no mail is sent. It works once, until{' '}
        {formatTime(link.expiresAt, Date.now())}, and is not shown again.
      </p>
      <div className="form-end">
        <button type="button" className="button small" onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy'}
        </button>
        <button type="button" className="button small" onClick={onClose}>
          Done
        </button>
      </div>
    </div>
  );
}
