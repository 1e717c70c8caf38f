import { useState } from 'react';
import { useApi } from '../../api/api.ts';
import { fieldsOf } from '../account/form-fields.ts';
import { asCarrier, carrierNames } from './carrier-names.ts';
import { addAccountMutation } from './carriers.graphql.ts';
import type { CarrierName, Field } from './carriers.graphql.ts';
import { SettingFields } from './setting-fields.tsx';
import { settingsOf } from './settings.ts';

interface NewAccountProps {
  fields: readonly Field[];
  busy: boolean;
  act: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** A button, until it is pressed. */
export function NewAccount({ fields, busy, act }: NewAccountProps) {
  const api = useApi();
  const [adding, setAdding] = useState(false);
  if (adding) {
    return (
      <AddAccount
        fields={fields}
        busy={busy}
        onClose={() => setAdding(false)}
        onAdd={async (input) => {
          if (await act(() => api.request(addAccountMutation, input))) setAdding(false);
        }}
      />
    );
  }
  return (
    <div>
      <button
        type="button"
        className="button"
        onClick={() => setAdding(true)}
        data-testid="add-carrier"
      >
        Add a carrier…
      </button>
    </div>
  );
}

interface AddAccountProps {
  fields: readonly Field[];
  busy: boolean;
  onAdd: (input: { carrier: CarrierName; name: string; settings: object }) => Promise<void>;
  onClose: () => void;
}

function AddAccount({ fields, busy, onAdd, onClose }: AddAccountProps) {
  const [carrier, setCarrier] = useState<CarrierName>('DELHIVERY');
  const its = fields.filter((field) => field.carrier === carrier);
  return (
    <section className="account-card" aria-labelledby="add-carrier-title">
      <h2 id="add-carrier-title">Add a carrier</h2>
      <form
        className="account-form"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = fieldsOf(event.currentTarget);
          void onAdd({ carrier, name: typed('name'), settings: settingsOf(its, typed) });
        }}
      >
        <label className="field">
          Carrier
          <select
            value={carrier}
            onChange={(event) => setCarrier(asCarrier(event.currentTarget.value))}
            data-testid="new-carrier"
          >
            {Object.entries(carrierNames).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          Name
          <input name="name" required maxLength={100} data-testid="new-carrier-name" />
          <span className="hint muted small">What your staff call it.</span>
        </label>
        <SettingFields key={carrier} fields={its} settings={{}} />
        <div className="form-end">
          <button className="button primary" disabled={busy} data-testid="save-new-carrier">
            Add
          </button>
          <button type="button" className="button" onClick={onClose}>
            Back
          </button>
        </div>
      </form>
    </section>
  );
}
