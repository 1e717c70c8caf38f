import { assemble, barcode, line } from '../delhivery/label-pdf.ts';
import { couriers } from './couriers.ts';
import type { SrOrder } from './records.ts';

const [width, height] = [288, 432];
const perPage = 24;

export function srLabelPdf(order: SrOrder): Buffer {
  const awb = order.awb ?? '';
  const courier = couriers.find(({ id }) => id === order.courierId)?.name ?? '';
  const content = [
    line(height - 30, 14, `SHIPROCKET   ${courier}`),
    barcode(awb, height - 100),
    line(height - 116, 12, awb),
    line(height - 150, 10, `To: ${order.customerName}`),
    line(height - 166, 9, order.address.slice(0, 60)),
    line(height - 180, 9, `${order.city}, ${order.state} - ${order.pin}`),
    line(height - 230, 12, order.payment === 'cod' ? `COD INR ${order.codAmount}` : 'PREPAID'),
    line(height - 250, 9, `Order: ${order.reference}   Weight: ${order.weightKg} kg`),
  ];
  return assemble(width, height, content.join('\n'));
}

/** The list that the courier signs; one page is enough for what a test hands over. */
export function srManifestPdf(id: number, orders: readonly SrOrder[]): Buffer {
  const rows = orders
    .slice(0, perPage)
    .map(({ awb, reference }, at) =>
      line(height - 70 - at * 14, 9, `${at + 1}.  ${awb}   ${reference}`),
    );
  const content = [line(height - 30, 14, `MANIFEST-${id}   ${orders.length} shipments`), ...rows];
  return assemble(width, height, content.join('\n'));
}
