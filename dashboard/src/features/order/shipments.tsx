import { formatTime } from '../../format/time.ts';
import { NdrOfBox } from '../ndr/ndr-of-box.tsx';
import { RebookBox } from '../ndr/rebook-box.tsx';
import { statusLabel } from '../workflow/workflows.ts';
import type { OrderDetails, Shipment } from './order.graphql.ts';
import { serviceName } from './tell-event.ts';

interface ShipmentsProps {
  order: OrderDetails;
  now: number;
  reload: () => Promise<void>;
}

export function Shipments({ order, now, reload }: ShipmentsProps) {
  const boxes = order.shipments.nodes;
  const { trackingCode } = order;
  if (order.fulfilmentType === 'pickup') return null;
  return (
    <section className="panel-section" aria-labelledby="shipments-title">
      <h3 id="shipments-title">Shipments</h3>
      {boxes.length === 0 && trackingCode === null && <p className="muted">None yet</p>}
      {boxes.length === 0 && trackingCode !== null && (
        <p>
          Tracking code <Tracking code={trackingCode} url={order.trackingUrl} />
        </p>
      )}
      <ul className="boxes">
        {boxes.map((box) => (
          <Box key={box.id} box={box} now={now} reload={reload} />
        ))}
      </ul>
    </section>
  );
}

interface BoxProps {
  box: Shipment;
  now: number;
  reload: () => Promise<void>;
}

function Box({ box, now, reload }: BoxProps) {
  const ndrCase = box.ndrCases.nodes.find(({ status }) => status !== 'CLOSED');
  return (
    <li className="box" data-testid={`shipment-${box.box}`}>
      <span className="box-head">
        <strong>Box {box.box}</strong>
        <span className="tag">{statusLabel(box.status.toLowerCase())}</span>
        <span className="muted">{serviceName(box.carrier, box.service)}</span>
      </span>
      <span className="box-links">
        {box.awb === null ? (
          <span className="muted">No AWB yet</span>
        ) : (
          <span>
            AWB <Tracking code={box.awb} url={box.trackingUrl} />
          </span>
        )}
        {box.labelUrl !== null && (
          <a href={box.labelUrl} target="_blank" rel="noreferrer" data-testid={`label-${box.box}`}>
            Label (PDF)
          </a>
        )}
      </span>
      {box.lastScan !== null && box.lastScanAt !== null && (
        <span className="muted small">
          {box.lastScan}, {formatTime(box.lastScanAt, now)}
        </span>
      )}
      {ndrCase && <NdrOfBox ndrCase={ndrCase} carrier={box.carrier} now={now} reload={reload} />}
      {['PLANNED', 'LABELLED'].includes(box.status) && (
        <span>
          <RebookBox shipmentId={box.id} reload={reload} />
        </span>
      )}
    </li>
  );
}

/** Only web addresses become links: the tracking address may have been typed by somebody. */
function Tracking({ code, url }: { code: string; url: string | null }) {
  if (url === null || !/^https?:\/\//.test(url)) return <code>{code}</code>;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      <code>{code}</code>
    </a>
  );
}
