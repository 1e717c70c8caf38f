import { useState } from 'react';
import { formatTime } from '../../format/time.ts';
import { serviceName } from '../order/tell-event.ts';
import type { ManifestRow } from './hand-over.graphql.ts';
import { ManifestBoxes } from './manifest-boxes.tsx';

interface ManifestsProps {
  manifests: readonly ManifestRow[];
  /** The one that was made just now. */
  made: string | null;
  now: number;
  onChanged: () => Promise<void>;
}

/** The latest lists, to print again and to say what was left behind. */
export function Manifests({ manifests, made, now, onChanged }: ManifestsProps) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <section className="manifests" aria-labelledby="manifests-title">
      <h2 id="manifests-title">Manifests</h2>
      {manifests.length === 0 && <p className="muted">None has been made yet.</p>}
      <ul>
        {manifests.map((manifest) => (
          <li
            key={manifest.id}
            className="manifest"
            data-made={manifest.id === made}
            data-testid={`manifest-${manifest.number}`}
          >
            <div className="manifest-row">
              <span className="manifest-number">{manifest.number}</span>
              <span className="manifest-text">
                <span>
                  {serviceName(manifest.carrierAccount.carrier, null)} at {manifest.location.name},{' '}
                  {manifest.boxCount === 1 ? '1 box' : `${manifest.boxCount} boxes`}
                </span>
                <span className="muted small">
                  {formatTime(manifest.madeAt, now)}
                  {manifest.maker !== null && ` · ${manifest.maker.name}`}
                </span>
              </span>
              <span className="manifest-actions">
                <button
                  type="button"
                  className="button small"
                  aria-expanded={open === manifest.id}
                  onClick={() => setOpen(open === manifest.id ? null : manifest.id)}
                  data-testid="show-boxes"
                >
                  Boxes
                </button>
                <a
                  className={manifest.id === made ? 'button small primary' : 'button small'}
                  href={manifest.pdfUrl}
                  target="_blank"
                  rel="noreferrer"
                  data-testid="print"
                >
                  Print
                </a>
              </span>
            </div>
            {open === manifest.id && (
              <ManifestBoxes manifestId={manifest.id} onChanged={onChanged} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
