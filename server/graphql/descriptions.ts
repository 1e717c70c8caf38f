import { carrierDescriptions } from './carrier-descriptions.ts';
import { effectDescriptions } from './effect-descriptions.ts';
import { handOverDescriptions } from './hand-over-descriptions.ts';
import { liveDescriptions } from './live-descriptions.ts';
import { memberDescriptions } from './member-descriptions.ts';
import { messageDescriptions } from './message-descriptions.ts';
import { orderDescriptions } from './order-descriptions.ts';
import { rateDescriptions } from './rate-descriptions.ts';
import { shipmentDescriptions } from './shipment-descriptions.ts';
import { storeDescriptions } from './store-descriptions.ts';

/**
 * What the schema says about names that no comment of the database describes. Keys are `Type`,
 * `Type.field`, `Type.field(argument)` and `Enum.VALUE`; `*.field` is any type's. The comments of
 * tables, columns and functions come first, for they are what DBAs read too; a key that overrides one
 * begins with `!`. `schema-lint.test.ts` holds that nothing is left without.
 * Here stands what no domain has to itself.
 */
export const descriptions: Readonly<Record<string, string>> = {
  ...carrierDescriptions,
  ...effectDescriptions,
  ...handOverDescriptions,
  ...liveDescriptions,
  ...memberDescriptions,
  ...messageDescriptions,
  ...orderDescriptions,
  ...rateDescriptions,
  ...shipmentDescriptions,
  ...storeDescriptions,
  '*.id': 'Identifies it for good.',
  '*.createdAt': 'When it came to be.',
  '*.updatedAt': 'When it last changed.',
  '*.orderId': 'The id of its order.',
  '*.order': 'The order it belongs to.',
  '*.storeId': 'The id of its store.',
  '*.locationId': 'The id of its location.',
  '*.carrierAccountId': 'The id of its carrier account.',
  '*.shipmentId': 'The id of the box it is about, if it is about one.',
  '*.ndrCases': 'Its failed deliveries.',
  '*.shipment': 'The box it is about, if it is about one.',
  '*.errorCode': 'Why it failed, in a code.',
  '*.errorMessage': 'Why it failed, in words, without personal data.',
  '*.attempts': 'How often it was tried.',
  '*.language': 'ISO 639 code, such as en.',

  '*Input.storeId': 'The store.',
  '*Input.rule': 'How the carrier is chosen.',
  '*Input.role': 'What they may do.',
  '*Input.memberId': 'The member.',
  '*Input.sessionId': 'The session.',
  '*Input.invitationId': 'The invitation.',
  '*Input.keepThis': 'Whether the session of this request goes on; it does unless told otherwise.',
  '*Input.orderId': 'The order.',
  '*Input.id': 'Which one.',
  '*Input.idempotencyKey':
    'Up to 255 characters of your own, kept for 24 hours: the same request under the same key is ' +
    'done once and answered alike; another request under it is an IDEMPOTENCY_MISMATCH.',
  '*Input.reason': 'Why; it stays with the order.',
  '*Input.note': 'What was found or done; it stays with the order.',
  '*Input.toStatus': 'What it shall reach.',
  '*Input.expectedStatus':
    'What the caller believes it has. If that is no longer so, the answer is a CONFLICT with the ' +
    'status it has now, and nothing happens.',
  '*Input.trackingCode': 'The carrier’s number: 6 to 40 letters, digits and hyphens.',
  '*Input.trackingUrl': 'Where the customer can follow it: http:// or https://.',
  '*Input.locationId': 'The location.',
  '*Input.shipmentId': 'The box.',
  '*Input.carrierAccountId': 'The carrier account.',

  '*Payload.merchant': 'The merchant as it is now.',
  '*Payload.store': 'The store as it is now.',
  '*Payload.ended': 'How many sessions ended.',
  '*Payload.member': 'The member as they are now.',
  '*Payload.session': 'The session as it is now.',
  '*Payload.invitation': 'The invitation as it is now.',
  '*Payload.link': 'The link to pass on. It is told this one time only.',
  '*Payload.ndrCase': 'The case as it is now.',
  '*Payload.manifest': 'The manifest.',
  '*Payload.shipment': 'The box as it is now.',
  '*Payload.carrierAccount': 'The account as it is now.',
  '*Payload.erasedOrders': 'Of how many orders.',
  '*Payload.order': 'The order as it is now.',
  '*Payload.deadLetter': 'The dead letter as it is now.',
  '*Payload.circuit': 'The circuit breaker as it is now.',

  'Query.sessions': 'Your own sessions.',
  'Query.invitations': 'Links by which somebody sets a password; for owners and managers.',
  'Query.auditEntries': 'Every change, the latest first.',
  '!Query.order': 'The order with this id; null when the merchant has none.',
  '!Query.ndrCase': 'The failed delivery with this id; null when the merchant has none.',
  'Query.ndrCases': 'Failed deliveries, and what was decided about them.',
  '!Query.shipment': 'The box with this id; null when the merchant has none.',
  'Query.carrierAccounts': 'The merchant’s contracts with carriers.',
  'Query.carrierCalls': 'Every call to an outside service, the latest first.',
  'Query.carrierCircuits': 'The circuit breakers of outside accounts that have been called.',
  'Query.deadLetters': 'Calls that wait, or waited, for a person.',
  'Query.inboundMessages': 'Webhooks as they came, the latest first.',
  'Query.locations': 'The merchant’s locations.',
  'Query.members': 'Who works for the merchant.',
  'Query.messageTemplates': 'The templates of messages to customers.',
  'Query.orders': 'The merchant’s orders.',
  'Query.shipments': 'The boxes of the merchant’s orders.',
  'Query.stores': 'The merchant’s stores.',
  '!Query': 'What can be asked. Everybody sees the rows of their own merchant and no others.',
  '!Mutation':
    'What can be done. Each is one transaction: all of it happens, or nothing and an error with a ' +
    'code. What can be repeated safely takes an idempotencyKey.',
  '!Subscription': 'What is told as it happens, over the graphql-ws protocol.',
  '!Mutation.transitionOrder':
    'Moves an order along its workflow. Errors: INVALID_TRANSITION, CONFLICT (expectedStatus no ' +
    'longer holds), FORBIDDEN, INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.',
  '!Mutation.shipOrder':
    'Hands an order of the shipping workflow to a carrier, with its tracking code. Errors: as ' +
    'transitionOrder.',
  '!Mutation.overrideOrderStatus':
    'Moves an order past its workflow: owners only, with a reason, never out of a terminal status. ' +
    'Errors: as transitionOrder.',
  '!Mutation.cancelOrder':
    'Calls an order off before it left, with a reason; its boxes are cancelled at the carrier. ' +
    'Errors: as transitionOrder.',

  '!Cursor': 'A place in a list. Opaque: take it from one page and give it to the next.',
  '!Datetime': 'A moment, as ISO 8601 with its time zone: 2026-11-21T09:30:00+05:30.',
  '!Date': 'A calendar day: 2026-11-21.',
  '!Time': 'A time of day: 15:00:00.',
  '!JSON': 'Any JSON value.',
  '!PageInfo': 'Where a page is in its list.',
  '!PageInfo.hasNextPage': 'Whether there is more after this page.',
  '!PageInfo.hasPreviousPage': 'Whether there is something before this page.',
  '!PageInfo.startCursor': 'The cursor of the first row; null when the page is empty.',
  '!PageInfo.endCursor': 'Give it as `after` for the next page; null when the page is empty.',
};
