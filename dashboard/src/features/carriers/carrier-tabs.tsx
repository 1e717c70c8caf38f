import { carriersHref, ratesHref } from '../account/account-page.ts';

const tabs = [
  { key: 'accounts', name: 'Accounts', href: carriersHref },
  { key: 'rates', name: 'Rates', href: ratesHref },
] as const;

interface CarrierTabsProps {
  current: (typeof tabs)[number]['key'];
}

/** The two pages about carriers. */
export function CarrierTabs({ current }: CarrierTabsProps) {
  return (
    <nav className="carrier-tabs" aria-label="Carriers">
      {tabs.map(({ key, name, href }) => (
        <a
          key={key}
          href={href}
          aria-current={key === current ? 'page' : undefined}
          data-testid={`carriers-${key}`}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}
