import { useState } from 'react';
import { useApi } from '../../api/api.ts';
import type { Operation } from '../../api/operation.ts';
import { formatTime } from '../../format/time.ts';
import { AccountActions } from './account-actions.tsx';
import type { Open } from './account-actions.tsx';
import { carrierNames } from './carrier-names.ts';
import {
  checkConnectionMutation,
  disableAccountMutation,
  enableAccountMutation,
  resetCircuitMutation,
} from './carriers.graphql.ts';
import type { AccountRow, Field } from './carriers.graphql.ts';
import { ConnectionState } from './connection-state.tsx';
import { CredentialsForm } from './credentials-form.tsx';
import { SettingsForm } from './settings-form.tsx';

export interface CarrierAccountProps {
  account: AccountRow;
  /** Of this carrier. */
  fields: readonly Field[];
  locations: readonly { id: number; name: string }[];
  role: string;
  busy: boolean;
  act: (work: () => Promise<unknown>) => Promise<boolean>;
}

export function CarrierAccount(props: CarrierAccountProps) {
  const { account, role, busy, act } = props;
  const api = useApi();
  const [open, setOpen] = useState<Open>(null);
  const isOff = account.disabledAt !== null;
  const send = (mutation: Operation<unknown, { carrierAccountId: number }>) =>
    void act(() => api.request(mutation, { carrierAccountId: account.id }));

  return (
    <section
      className="account-card carrier"
      data-disabled={isOff}
      aria-labelledby={`carrier-${account.id}-title`}
      data-testid={`carrier-${account.id}`}
    >
      <h2 id={`carrier-${account.id}-title`}>
        {account.name}{' '}
        {account.name !== carrierNames[account.carrier] && (
          <span className="tag">{carrierNames[account.carrier]}</span>
        )}{' '}
        {isOff && <span className="tag">switched off</span>}
      </h2>
      <ConnectionState account={account} />
      {role !== 'staff' && (
        <AccountActions
          account={account}
          isOwner={role === 'owner'}
          busy={busy}
          open={open}
          onToggle={(what) => setOpen(open === what ? null : what)}
          onCheck={() => send(checkConnectionMutation)}
          onReset={() => send(resetCircuitMutation)}
          onSwitch={() => send(isOff ? enableAccountMutation : disableAccountMutation)}
        />
      )}
      {open === 'credentials' && <CredentialsForm {...props} />}
      {open === 'settings' && <SettingsForm {...props} onSaved={() => setOpen(null)} />}
      <p className="muted small">
        {account.credentialsSavedAt === null
          ? 'No credentials are stored: no parcel can go with it.'
          : `Credentials stored ${formatTime(account.credentialsSavedAt, Date.now())}.`}{' '}
        Priority {account.priority}.
      </p>
    </section>
  );
}
