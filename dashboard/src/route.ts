import { useSyncExternalStore } from 'react';

/** What the address says is on the screen: #/stores/3/orders/019a… */
export interface Route {
  storeId: number | null;
  orderId: string | null;
}

export function parseRoute(hash: string): Route {
  const match = /^#\/stores\/(\d+)(?:\/orders\/([0-9a-f-]{36}))?$/.exec(hash);
  return { storeId: match?.[1] ? Number(match[1]) : null, orderId: match?.[2] ?? null };
}

export function openStore(storeId: number): void {
  location.hash = `#/stores/${storeId}`;
}

export function openOrder(storeId: number, orderId: string): void {
  location.hash = `#/stores/${storeId}/orders/${orderId}`;
}

export function useRoute(): Route {
  return parseRoute(useHash());
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
