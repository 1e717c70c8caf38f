import { formatDay, formatTime } from '../../format/time.ts';
import { serviceName } from '../order/tell-event.ts';
import type { PickupRow } from './hand-over.graphql.ts';
import type { Point } from './points.ts';

interface PointCardProps {
  point: Point;
  now: number;
  busy: boolean;
  onMake: () => void;
}

/** One carrier account at one location. */
export function PointCard({ point, now, busy, onMake }: PointCardProps) {
  const { account, location, waiting, pickups } = point;
  return (
    <section
      className="point"
      aria-label={`${account.name} at ${location.name}`}
      data-testid={`point-${point.key}`}
    >
      <div className="point-head">
        <h2>{location.name}</h2>
        <span className="muted">
          {serviceName(account.carrier, null)}
          {account.name !== serviceName(account.carrier, null) && ` · ${account.name}`}
        </span>
      </div>
      <div className="point-waiting">
        <span className="point-count" data-testid="waiting-count">
          {waiting?.boxCount ?? 0}
        </span>
        {waiting === null ? (
          <span className="muted">nothing waits</span>
        ) : (
          <span>
            {waiting.boxCount === 1 ? 'box waits' : 'boxes wait'}
            <span className="muted small point-since">
              {kilograms(waiting.weightGrams)} · since {formatTime(waiting.waitingSince, now)}
            </span>
          </span>
        )}
      </div>
      <ul className="point-pickups">
        {pickups.length === 0 && <li className="muted">No visit is planned</li>}
        {pickups.map((pickup) => (
          <PickupLine key={pickup.id} pickup={pickup} now={now} />
        ))}
      </ul>
      <button
        type="button"
        className="button primary"
        disabled={busy || waiting === null}
        onClick={onMake}
        data-testid="make-manifest"
      >
        Make manifest
      </button>
    </section>
  );
}

function PickupLine({ pickup, now }: { pickup: PickupRow; now: number }) {
  const { status, pickupOn, waitingCount } = pickup;
  return (
    <li className="pickup" data-state={status.toLowerCase()} data-testid="pickup">
      <span className="pickup-dot" aria-hidden="true" />
      <span>
        {status === 'REFUSED' ? 'Does not come' : 'Comes'} {formatDay(pickupOn, now)}
        {waitingCount > 0 && `, for ${waitingCount === 1 ? '1 box' : `${waitingCount} boxes`}`}
        <span className="muted small pickup-detail">{detailOf(pickup)}</span>
      </span>
    </li>
  );
}

function detailOf({ status, carrierReference }: PickupRow): string {
  if (status === 'REFUSED') return 'refused: see what needs attention';
  if (status === 'PLANNED') return 'not confirmed yet';
  return carrierReference === null ? 'confirmed' : `confirmed, no. ${carrierReference}`;
}

function kilograms(grams: number): string {
  return `${(grams / 1000).toLocaleString('en-IN', { maximumFractionDigits: 1 })} kg`;
}
