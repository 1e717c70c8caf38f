import { useCallback, useEffect, useState } from 'react';
import { useApi } from './api/api.ts';
import { messageOf } from './api/api-error.ts';
import { Account } from './features/account/account.tsx';
import { accountHref, carriersHref, useAccountPage } from './features/account/account-page.ts';
import { Join } from './features/account/join.tsx';
import { Carriers } from './features/carriers/carriers.tsx';
import { Board } from './features/board/board.tsx';
import { ConnectionBadge } from './features/board/connection-badge.tsx';
import { useBoard } from './features/board/use-board.ts';
import { HandOver } from './features/hand-over/hand-over.tsx';
import { handOverHref, isHandOverPage } from './features/hand-over/hand-over-page.ts';
import { Rates } from './features/rates/rates.tsx';
import { OrderPanel } from './features/order/order-panel.tsx';
import type { Member } from './features/session/auth-http.ts';
import { RoleProvider } from './features/session/role.ts';
import type { Session } from './features/session/session.ts';
import { SignIn } from './features/session/sign-in.tsx';
import { SignOutButton } from './features/session/sign-out-button.tsx';
import { useSessionState } from './features/session/use-session-state.ts';
import { StoreTabs } from './features/stores/store-tabs.tsx';
import { storesQuery } from './features/stores/stores.graphql.ts';
import type { Store } from './features/stores/stores.graphql.ts';
import { openOrder, openStore, useHash, useRoute } from './route.ts';
import './app.css';

export function App({ session }: { session: Session }) {
  const state = useSessionState(session);
  const page = useAccountPage();
  const hash = useHash();
  if (page?.kind === 'join') return <Join key={page.token} session={session} token={page.token} />;
  if (state.kind === 'starting') return <p className="splash muted">Waybill…</p>;
  if (state.kind === 'signed-out') return <SignIn session={session} notice={state.notice} />;
  if (page?.kind === 'account') return <Account session={session} member={state.member} />;
  if (page?.kind === 'carriers') return <Carriers session={session} member={state.member} />;
  if (page?.kind === 'rates') return <Rates session={session} member={state.member} />;
  if (isHandOverPage(hash)) return <HandOver session={session} />;
  return (
    <RoleProvider value={state.member.role}>
      <Stores session={session} member={state.member} />
    </RoleProvider>
  );
}

interface ShellProps {
  session: Session;
  member: Member;
}

function Stores({ session, member }: ShellProps) {
  const api = useApi();
  const [stores, setStores] = useState<readonly Store[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const load = useCallback(async () => {
    setProblem(null);
    try {
      setStores((await api.request(storesQuery, {})).stores.nodes);
    } catch (error) {
      setProblem(messageOf(error));
    }
  }, [api]);
  useEffect(() => void load(), [load]);

  if (stores?.[0]) return <StoreScreen session={session} member={member} stores={stores} />;
  return (
    <main className="splash">
      {problem !== null && (
        <p role="alert">
          {problem}{' '}
          <button type="button" className="button small" onClick={() => void load()}>
            Try again
          </button>
        </p>
      )}
      {problem === null && (
        <p className="muted" role="status">
          {stores ? 'This merchant has no store yet.' : 'Loading stores…'}
        </p>
      )}
      <a className="button small" href={accountHref}>
        Account
      </a>
      <button type="button" className="button small" onClick={() => void session.signOut()}>
        Sign out
      </button>
    </main>
  );
}

interface StoreScreenProps extends ShellProps {
  stores: readonly Store[];
}

function StoreScreen({ stores, ...shell }: StoreScreenProps) {
  const route = useRoute();
  const store = stores.find(({ id }) => id === route.storeId) ?? stores[0];
  if (!store) return null;
  // Another store is another screen: nothing of the one before it stays.
  return (
    <StoreView key={store.id} stores={stores} store={store} orderId={route.orderId} {...shell} />
  );
}

interface StoreViewProps extends StoreScreenProps {
  store: Store;
  orderId: string | null;
}

function StoreView({ stores, store, orderId, session, member }: StoreViewProps) {
  const board = useBoard(store);
  const open = useCallback((id: string) => openOrder(store.id, id), [store.id]);
  return (
    <div className="screen">
      <header className="top-bar">
        <span className="wordmark">Waybill</span>
        <StoreTabs stores={stores} current={store.id} onPick={openStore} />
        <span className="top-bar-end">
          <ConnectionBadge state={board.connection} />
          <span className="member">
            {member.name}, {member.role} · {member.merchantName}
          </span>
          <a className="button small" href={carriersHref} data-testid="carriers">
            Carriers
          </a>
          <a className="button small" href={handOverHref} data-testid="hand-over">
            Hand-over
          </a>
          <a className="button small" href={accountHref} data-testid="account">
            Account
          </a>
          <SignOutButton session={session} />
        </span>
      </header>
      <div className="stage">
        <Board store={store} board={board} selected={orderId} onOpen={open} />
        {orderId !== null && (
          <OrderPanel
            key={orderId}
            orderId={orderId}
            card={board.state.cards.get(orderId)}
            onSeen={board.seen}
            onClose={() => openStore(store.id)}
          />
        )}
      </div>
    </div>
  );
}
