import { useApi } from '../../api/api.ts';
import { fieldsOf } from '../account/form-fields.ts';
import type { CarrierAccountProps } from './carrier-account.tsx';
import { changeAccountMutation, nameLocationMutation } from './carriers.graphql.ts';
import { LocationFields } from './location-fields.tsx';
import { SettingFields } from './setting-fields.tsx';
import { settingsOf } from './settings.ts';

interface SettingsFormProps extends CarrierAccountProps {
  onSaved: () => void;
}

export function SettingsForm(props: SettingsFormProps) {
  const { account, fields, locations, busy, act, onSaved } = props;
  const api = useApi();
  const nameOf = (locationId: number) =>
    account.locations.nodes.find((known) => known.locationId === locationId)?.registeredName ?? '';

  async function save(typed: (name: string) => string): Promise<void> {
    const carrierAccountId = account.id;
    const changed = (name: string, before: number) =>
      Number(typed(name)) === before ? null : Number(typed(name));
    const done = await act(async () => {
      await api.request(changeAccountMutation, {
        carrierAccountId,
        name: typed('name'),
        settings: settingsOf(fields, typed),
        priority: Number(typed('priority')),
        trackingPollSeconds: changed('tracking', account.trackingPollSeconds),
        coverageSeconds: changed('coverage', account.coverageSeconds),
      });
      for (const { id } of locations) {
        const registeredName = typed(`location-${id}`).trim();
        if (registeredName === nameOf(id)) continue;
        await api.request(nameLocationMutation, {
          carrierAccountId,
          locationId: id,
          registeredName,
        });
      }
    });
    if (done) onSaved();
  }

  return (
    <form
      className="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save(fieldsOf(event.currentTarget));
      }}
      data-testid={`settings-form-${account.id}`}
    >
      <label className="field">
        Name
        <input name="name" required maxLength={100} defaultValue={account.name} />
      </label>
      <label className="field">
        Priority
        <input
          name="priority"
          type="number"
          min={1}
          max={100}
          required
          defaultValue={account.priority}
          data-testid="priority"
        />
      </label>
      <Intervals account={account} />
      <SettingFields fields={fields} settings={account.settings} />
      <LocationFields
        locations={locations}
        nameOf={nameOf}
        isBlueDart={account.carrier === 'BLUEDART'}
      />
      <div className="form-end">
        <button className="button primary" disabled={busy} data-testid="save-settings">
          Save
        </button>
      </div>
    </form>
  );
}

function Intervals({ account }: Pick<CarrierAccountProps, 'account'>) {
  return (
    <>
      <SecondsField
        name="coverage"
        label="Keep its answers about PIN codes for, seconds"
        hint="So long may a PIN code that was closed go unnoticed."
        value={account.coverageSeconds}
      />
      <SecondsField
        name="tracking"
        label="Ask about a parcel every, seconds"
        hint="When no webhook has told of it."
        value={account.trackingPollSeconds}
      />
    </>
  );
}

interface SecondsFieldProps {
  name: string;
  label: string;
  hint: string;
  value: number;
}

/** What was set otherwise in the database may stay as it is. */
function SecondsField({ name, label, hint, value }: SecondsFieldProps) {
  return (
    <label className="field">
      {label}
      <input
        name={name}
        type="number"
        min={Math.min(60, value)}
        max={86400}
        required
        defaultValue={value}
        data-testid={`seconds-${name}`}
      />
      <span className="hint muted small">{hint}</span>
    </label>
  );
}
