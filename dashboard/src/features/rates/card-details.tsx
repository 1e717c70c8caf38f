import { useCallback } from 'react';
import { useApi } from '../../api/api.ts';
import { useLoaded } from '../account/use-loaded.ts';
import { slabsTold, termsOf } from './card-words.ts';
import { cardQuery } from './rates.graphql.ts';
import type { Card } from './rates.graphql.ts';

/** One rate card, whole: loaded when somebody looks at it. */
export function CardDetails({ id }: { id: string }) {
  const api = useApi();
  const load = useCallback(() => api.request(cardQuery, { id }), [api, id]);
  const { value, problem } = useLoaded(load);
  const card = value?.rateCard;
  if (problem !== null) {
    return (
      <p className="form-error" role="alert">
        {problem}
      </p>
    );
  }
  if (!card) return <p className="muted">{value === null ? 'Loading…' : 'It was replaced.'}</p>;
  return (
    <div className="card-details" data-testid="card-details">
      <dl className="terms">
        {termsOf(card).map(([word, told]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{told}</dd>
          </div>
        ))}
      </dl>
      <Zones card={card} />
      <p className="card-sheets">
        <a href={asFile(card.pricesCsv)} download={`${card.name} prices.csv`}>
          Prices (CSV)
        </a>
        <a href={asFile(card.lanesCsv)} download={`${card.name} PIN codes.csv`}>
          PIN codes (CSV)
        </a>
      </p>
    </div>
  );
}

function Zones({ card: { zones, slabs } }: { card: Card }) {
  if (zones.totalCount === 0)
    return <p className="muted">It has no prices: it only sets limits.</p>;
  const isWhole =
    slabs.nodes.length === slabs.totalCount && zones.nodes.length === zones.totalCount;
  return (
    <>
      <table className="table zones">
        <thead>
          <tr>
            <th scope="col">Zone</th>
            <th scope="col" className="number">
              Days
            </th>
            <th scope="col">Freight</th>
          </tr>
        </thead>
        <tbody>
          {zones.nodes.map(({ zone, days }) => (
            <tr key={zone}>
              <th scope="row">{zone}</th>
              <td className="number">{days ?? '–'}</td>
              <td>{slabsTold(slabs.nodes.filter((slab) => slab.zone === zone))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isWhole && <p className="muted small">There is more: the sheets have all of it.</p>}
    </>
  );
}

const asFile = (text: string) => `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`;
