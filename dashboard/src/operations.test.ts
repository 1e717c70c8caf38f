import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import {
  changeRoleMutation,
  digestQuery,
  disableMutation,
  enableMutation,
  endAllSessionsMutation,
  endSessionMutation,
  inviteMutation,
  membersQuery,
  resetPasswordMutation,
  revokeMutation,
  sessionsQuery,
  setDigestMutation,
} from './features/account/account.graphql.ts';
import {
  boardQueryOf,
  countsQuery,
  moreOrdersQuery,
  orderMovedSubscription,
  ordersByIdQuery,
} from './features/board/board.graphql.ts';
import {
  handOverQuery,
  makeManifestMutation,
  manifestBoxesQuery,
  takeOffManifestMutation,
} from './features/hand-over/hand-over.graphql.ts';
import {
  clearAttentionMutation,
  resolveLetterMutation,
  retryLetterMutation,
  shipMutation,
  transitionMutation,
} from './features/order/moves.graphql.ts';
import {
  addAccountMutation,
  carriersQuery,
  changeAccountMutation,
  checkConnectionMutation,
  disableAccountMutation,
  enableAccountMutation,
  nameLocationMutation,
  resetCircuitMutation,
  saveCredentialsMutation,
  setPickupTimesMutation,
} from './features/carriers/carriers.graphql.ts';
import { actOnNdrMutation, openCasesQuery, rebookMutation } from './features/ndr/ndr.graphql.ts';
import {
  cardQuery,
  importCardMutation,
  previewQuery,
  ratesQuery,
  setRuleMutation,
  setStoreRuleMutation,
} from './features/rates/rates.graphql.ts';
import { orderQuery } from './features/order/order.graphql.ts';
import { storesQuery } from './features/stores/stores.graphql.ts';

let schema: GraphQLSchema;

beforeAll(async () => {
  const file = join(import.meta.dirname, '../../generated/schema.graphql');
  schema = buildSchema(await readFile(file, 'utf8'));
});

test.each([
  ['the automated board', boardQueryOf('automated')],
  ['the shipping board', boardQueryOf('shipping')],
  ['the pickup board', boardQueryOf('pickup')],
  ['the counts', countsQuery],
  ['more orders', moreOrdersQuery],
  ['orders by id', ordersByIdQuery],
  ['the live channel', orderMovedSubscription],
  ['one order', orderQuery],
  ['the stores', storesQuery],
  ['failed deliveries', openCasesQuery],
  ['actOnNdr', actOnNdrMutation],
  ['rebookShipment', rebookMutation],
  ['transitionOrder', transitionMutation],
  ['shipOrder', shipMutation],
  ['clearAttention', clearAttentionMutation],
  ['retryDeadLetter', retryLetterMutation],
  ['resolveDeadLetter', resolveLetterMutation],
  ['the sessions', sessionsQuery],
  ['endSession', endSessionMutation],
  ['endAllSessions', endAllSessionsMutation],
  ['the members', membersQuery],
  ['inviteMember', inviteMutation],
  ['resetMemberPassword', resetPasswordMutation],
  ['revokeInvitation', revokeMutation],
  ['changeMemberRole', changeRoleMutation],
  ['disableMember', disableMutation],
  ['enableMember', enableMutation],
  ['the carriers', carriersQuery],
  ['addCarrierAccount', addAccountMutation],
  ['changeCarrierAccount', changeAccountMutation],
  ['disableCarrierAccount', disableAccountMutation],
  ['enableCarrierAccount', enableAccountMutation],
  ['nameCarrierLocation', nameLocationMutation],
  ['saveCarrierCredentials', saveCredentialsMutation],
  ['checkCarrierConnection', checkConnectionMutation],
  ['resetCircuit', resetCircuitMutation],
  ['setCarrierPickupTimes', setPickupTimesMutation],
  ['the digest', digestQuery],
  ['setMorningDigest', setDigestMutation],
  ['the rates', ratesQuery],
  ['a rate card', cardQuery],
  ['importRateCard', importCardMutation],
  ['offers for a box', previewQuery],
  ['setAssignmentRule', setRuleMutation],
  ['setStoreAssignmentRule', setStoreRuleMutation],
  ['the hand-over', handOverQuery],
  ['makeManifest', makeManifestMutation],
  ['the boxes of a manifest', manifestBoxesQuery],
  ['takeOffManifest', takeOffManifestMutation],
])('%s asks only for what the schema has', (_name, { text }) => {
  expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
});
