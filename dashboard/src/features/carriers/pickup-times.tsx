import { useState } from 'react';
import { useApi } from '../../api/api.ts';
import { setPickupTimesMutation } from './carriers.graphql.ts';
import type { Location } from './carriers.graphql.ts';

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface PickupTimesProps {
  locations: readonly Location[];
  timeZone: string;
  mayChange: boolean;
  busy: boolean;
  act: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Until when a box goes with the visit of the day, and on which days carriers come. */
export function PickupTimes({ locations, timeZone, mayChange, busy, act }: PickupTimesProps) {
  return (
    <section className="account-card" aria-labelledby="times-title" data-testid="pickup-times">
      <h2 id="times-title">When carriers collect</h2>
      <p className="muted small">
        A box that is labelled by then waits for the visit of that day, a later one for the next.
        Times of {timeZone}.
      </p>
      <ul>
        {locations.map((location) => (
          <li
            key={location.id}
            className="account-row pickup-times"
            data-testid={`times-${location.id}`}
          >
            <span className="account-row-name">{location.name}</span>
            {mayChange ? (
              // What was saved is what the form begins with.
              <TimesForm
                key={`${location.pickupCutoffAt} ${location.pickupWeekdays.join('')}`}
                location={location}
                busy={busy}
                act={act}
              />
            ) : (
              <span className="muted">{told(location)}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function TimesForm({
  location,
  busy,
  act,
}: Pick<PickupTimesProps, 'busy' | 'act'> & { location: Location }) {
  const api = useApi();
  const [cutoffAt, setCutoffAt] = useState(location.pickupCutoffAt.slice(0, 5));
  const [days, setDays] = useState<readonly number[]>(location.pickupWeekdays);
  const isSame =
    cutoffAt === location.pickupCutoffAt.slice(0, 5) &&
    [...days].sort().join() === [...location.pickupWeekdays].sort().join();
  const save = () =>
    api.request(setPickupTimesMutation, { locationId: location.id, cutoffAt, weekdays: [...days] });
  return (
    <form
      className="times-form"
      onSubmit={(event) => {
        event.preventDefault();
        void act(save);
      }}
    >
      <label>
        Until{' '}
        <input
          type="time"
          required
          value={cutoffAt}
          onChange={(event) => setCutoffAt(event.currentTarget.value)}
          data-testid="cutoff"
        />
      </label>
      <fieldset className="weekdays">
        <legend className="visually-hidden">Days at {location.name}</legend>
        {weekdays.map((name, at) => (
          <label key={name} className="weekday">
            <input
              type="checkbox"
              className="visually-hidden"
              checked={days.includes(at + 1)}
              onChange={() =>
                setDays(
                  days.includes(at + 1) ? days.filter((day) => day !== at + 1) : [...days, at + 1],
                )
              }
              data-testid={`day-${at + 1}`}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <button
        className="button small"
        disabled={busy || isSame || days.length === 0}
        data-testid="save-times"
      >
        Save
      </button>
    </form>
  );
}

function told({ pickupCutoffAt, pickupWeekdays }: Location): string {
  const days = weekdays.filter((_name, at) => pickupWeekdays.includes(at + 1));
  return `Until ${pickupCutoffAt.slice(0, 5)}, ${days.join(' ')}`;
}
