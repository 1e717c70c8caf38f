/**
 * Caused by: a shipment's `planned` (kind book_shipment), then by its AWB (kind fetch_label).
 * Does: books the parcel under a waybill reserved and stored before, then fetches and stores its label.
 * Twice is harmless: the waybill is committed before it is sent, and an attempt that finds `sending`
 * looks it up first. A number that Delhivery already has is never exchanged for another one.
 */
import { bookShipment } from '../worker/book-shipment.ts';
import { effectTask } from '../worker/effect-task.ts';
import { fetchLabel } from '../worker/fetch-label.ts';

export const task = effectTask((effect, context) =>
  effect.kind === 'book_shipment' ? bookShipment(effect, context) : fetchLabel(effect, context),
);
