import { useSyncExternalStore } from 'react';

/** Pages beside the orders: `#/account`, `#/carriers`, `#/rates`, and `#/join/<token>` in the links that are passed on. */
export type AccountPage =
  | { kind: 'account' }
  | { kind: 'carriers' }
  | { kind: 'rates' }
  | { kind: 'join'; token: string }
  | null;

export const accountHref = '#/account';
export const carriersHref = '#/carriers';
export const ratesHref = '#/rates';
const token = /^#\/join\/([0-9a-f]{64})$/;

export function parseAccountPage(hash: string): AccountPage {
  if (hash === accountHref) return { kind: 'account' };
  if (hash === carriersHref) return { kind: 'carriers' };
  if (hash === ratesHref) return { kind: 'rates' };
  const joining = token.exec(hash)?.[1];
  return joining === undefined ? null : { kind: 'join', token: joining };
}

/** The whole address of a link, for whoever passes it on. */
export function joinLink(secret: string): string {
  return new URL(`#/join/${secret}`, document.baseURI).href;
}

/** A link works once: its secret need not stay in the address and the history. */
export function leaveAccountPage(): void {
  history.replaceState(null, '', '#/');
  dispatchEvent(new HashChangeEvent('hashchange'));
}

export function useAccountPage(): AccountPage {
  return parseAccountPage(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
