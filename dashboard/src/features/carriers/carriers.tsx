import { useCallback, useEffect } from 'react';
import { useApi } from '../../api/api.ts';
import { useLoaded } from '../account/use-loaded.ts';
import '../account/account.css';
import type { Member } from '../session/auth-http.ts';
import { LoadState, Page } from '../session/page.tsx';
import { isLeader } from '../session/role.ts';
import type { Session } from '../session/session.ts';
import { NewAccount } from './add-account.tsx';
import { CarrierTabs } from './carrier-tabs.tsx';
import { CarrierAccount } from './carrier-account.tsx';
import { carriersQuery } from './carriers.graphql.ts';
import { PickupTimes } from './pickup-times.tsx';
import './carriers.css';

interface CarriersProps {
  session: Session;
  member: Member;
}

/** How often an answer is looked for while a check waits for a worker. */
const lookAgainMs = 1_000;

/** The contracts with carriers: owners make them, managers run them, everybody sees how they are. */
export function Carriers({ session, member }: CarriersProps) {
  const api = useApi();
  const load = useCallback(() => api.request(carriersQuery, {}), [api]);
  const { value, problem, reload, act, busy } = useLoaded(load);
  const accounts = value?.carrierAccounts.nodes ?? [];
  const isWaiting = accounts.some(({ connectionCheck }) => connectionCheck?.status === 'WAITING');
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => void reload(), lookAgainMs);
    return () => clearInterval(timer);
  }, [isWaiting, reload]);

  return (
    <Page session={session} name="carriers" title="Carriers" about={member.merchantName}>
      <CarrierTabs current="accounts" />
      <LoadState name="carriers" value={value} problem={problem} />
      {value?.carrierAccounts.nodes.map((account) => (
        <CarrierAccount
          key={account.id}
          account={account}
          fields={value.carrierAccountFields.nodes.filter(
            ({ carrier }) => carrier === account.carrier,
          )}
          locations={value.locations.nodes}
          role={member.role}
          busy={busy}
          act={act}
        />
      ))}
      {value !== null && accounts.length === 0 && (
        <p className="muted">There is no contract with a carrier yet.</p>
      )}
      {value !== null && member.role === 'owner' && (
        <NewAccount fields={value.carrierAccountFields.nodes} busy={busy} act={act} />
      )}
      {value !== null && (
        <PickupTimes
          locations={value.locations.nodes}
          timeZone={value.merchant.timeZone}
          mayChange={isLeader(member.role)}
          busy={busy}
          act={act}
        />
      )}
    </Page>
  );
}
