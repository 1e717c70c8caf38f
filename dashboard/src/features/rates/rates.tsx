import { useCallback } from 'react';
import { useApi } from '../../api/api.ts';
import { CarrierTabs } from '../carriers/carrier-tabs.tsx';
import { useLoaded } from '../account/use-loaded.ts';
import '../account/account.css';
import type { Member } from '../session/auth-http.ts';
import { LoadState, Page } from '../session/page.tsx';
import { isLeader } from '../session/role.ts';
import type { Session } from '../session/session.ts';
import { AccountCards } from './account-cards.tsx';
import { ChoiceRules } from './choice-rules.tsx';
import { Preview } from './preview.tsx';
import { ratesQuery } from './rates.graphql.ts';
import '../carriers/carriers.css';
import './rates.css';

interface RatesProps {
  session: Session;
  member: Member;
}

/** What carriers charge, by which rule one is chosen, and what both come to for a box. */
export function Rates({ session, member }: RatesProps) {
  const api = useApi();
  const load = useCallback(() => api.request(ratesQuery, {}), [api]);
  const { value, problem, reload, act, busy } = useLoaded(load);
  const mayChange = isLeader(member.role);
  return (
    <Page session={session} name="rates" title="Carriers" about={member.merchantName}>
      <CarrierTabs current="rates" />
      <LoadState name="rates" value={value} problem={problem} />
      {value !== null && (
        <>
          <Preview data={value} />
          <ChoiceRules data={value} mayChange={mayChange} busy={busy} act={act} />
          {value.carrierAccounts.nodes.map((account) => (
            <AccountCards
              key={account.id}
              account={account}
              members={value.members.nodes}
              mayChange={mayChange}
              onImported={reload}
            />
          ))}
        </>
      )}
    </Page>
  );
}
