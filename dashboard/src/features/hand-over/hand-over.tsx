import { useCallback, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import { isoDay } from '../../format/time.ts';
import { useNow } from '../../format/use-now.ts';
import { useLoaded } from '../account/use-loaded.ts';
import type { Session } from '../session/session.ts';
import { SignOutButton } from '../session/sign-out-button.tsx';
import { handOverQuery, makeManifestMutation } from './hand-over.graphql.ts';
import type { ManifestRow } from './hand-over.graphql.ts';
import { Manifests } from './manifests.tsx';
import { PointCard } from './point-card.tsx';
import { pointsOf } from './points.ts';
import type { Point } from './points.ts';
import { useRefreshed } from './use-refreshed.ts';
import './hand-over.css';

/** Where parcels change hands: what waits for which carrier, when it comes, and the lists to sign. */
export function HandOver({ session }: { session: Session }) {
  const api = useApi();
  const now = useNow();
  const load = useCallback(() => api.request(handOverQuery, {}), [api]);
  const { value, problem, reload, act, busy } = useLoaded(load);
  useRefreshed(reload);
  const [made, setMade] = useState<ManifestRow | null>(null);
  const points = value === null ? [] : pointsOf(value, isoDay(now));
  const make = ({ account, location }: Point) =>
    act(async () => {
      const input = {
        carrierAccountId: account.id,
        locationId: location.id,
        idempotencyKey: newIdempotencyKey(),
      };
      setMade((await api.request(makeManifestMutation, input)).makeManifest.manifest);
    });
  return (
    <div className="hand-over-screen" data-testid="hand-over-page">
      <header className="top-bar">
        <span className="wordmark">Waybill</span>
        <span className="top-bar-end">
          <a className="button small" href="#/" data-testid="hand-over-back">
            Back to orders
          </a>
          <SignOutButton session={session} />
        </span>
      </header>
      <main className="hand-over">
        <h1>Hand-over</h1>
        {problem !== null && (
          <p className="form-error" role="alert" data-testid="hand-over-error">
            {problem}
          </p>
        )}
        {value === null && problem === null && <p className="muted">Loading…</p>}
        {value !== null && points.length === 0 && (
          <p className="hand-over-empty muted" data-testid="nothing-waits">
            No box waits for a carrier. Boxes come here as soon as they have a label.
          </p>
        )}
        <div className="points">
          {points.map((point) => (
            <PointCard
              key={point.key}
              point={point}
              now={now}
              busy={busy}
              onMake={() => void make(point)}
            />
          ))}
        </div>
        {value !== null && (
          <Manifests
            manifests={value.manifests.nodes}
            made={made?.id ?? null}
            now={now}
            onChanged={reload}
          />
        )}
      </main>
    </div>
  );
}
