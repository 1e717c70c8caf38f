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
    const done = await act(async () => {
      await api.request(changeAccountMutation, {
        carrierAccountId,
        name: typed('name'),
        settings: settingsOf(fields, typed),
        priority: Number(typed('priority')),
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
