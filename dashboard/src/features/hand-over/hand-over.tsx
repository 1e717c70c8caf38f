import { useCallback, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import { isoDay } from '../../format/time.ts';
import { useNow } from '../../format/use-now.ts';
import { useLoaded } from '../account/use-loaded.ts';
import { LoadState, Page } from '../session/page.tsx';
import type { Session } from '../session/session.ts';
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
    <Page session={session} name="hand-over" title="Hand-over" wide>
      <LoadState name="hand-over" value={value} problem={problem} />
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
    </Page>
  );
}
