import type { Store } from './stores.graphql.ts';
import './store-tabs.css';

interface StoreTabsProps {
  stores: readonly Store[];
  current: number | null;
  onPick: (storeId: number) => void;
}

const channelNames: Readonly<Record<string, string>> = {
  SHOPIFY: 'Shopify',
  WEB: 'Web shop',
  COUNTER: 'Counter',
};

export function StoreTabs({ stores, current, onPick }: StoreTabsProps) {
  return (
    <nav className="store-tabs" aria-label="Stores">
      {stores.map((store) => (
        <button
          key={store.id}
          type="button"
          className="store-tab"
          aria-current={store.id === current ? 'page' : undefined}
          onClick={() => onPick(store.id)}
          data-testid={`store-tab-${store.id}`}
        >
          {store.name}
          <span className="store-channel">{channelNames[store.channel] ?? store.channel}</span>
        </button>
      ))}
    </nav>
  );
}
