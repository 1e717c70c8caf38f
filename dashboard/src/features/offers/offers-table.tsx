import { formatMoney } from '../../format/money.ts';
import type { Money } from '../../format/money.ts';
import './offers.css';

export interface OfferRow {
  key: number;
  name: string;
  /** That it was chosen, or why not. */
  note: string;
  days: number | null;
  price: Money | null;
  isChosen: boolean;
}

interface OffersTableProps {
  caption: string;
  offers: readonly OfferRow[];
}

/** What carriers offered for a box, best first. */
export function OffersTable({ caption, offers }: OffersTableProps) {
  return (
    <table className="table offers" data-testid="offers">
      <caption className="muted small">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Carrier</th>
          <th scope="col" className="number">
            Days
          </th>
          <th scope="col" className="number">
            Price
          </th>
        </tr>
      </thead>
      <tbody>
        {offers.map(({ key, name, note, days, price, isChosen }) => (
          <tr key={key} data-chosen={isChosen}>
            <th scope="row">
              {name}
              <span className="muted small">{note}</span>
            </th>
            <td className="number">{days ?? '–'}</td>
            <td className="number">{price ? formatMoney(price) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
