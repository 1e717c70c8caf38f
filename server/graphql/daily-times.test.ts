import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const setTimes = `mutation ($input: SetCarrierPickupTimesInput!) {
  setCarrierPickupTimes(input: $input) { location { pickupCutoffAt pickupWeekdays } } }`;
const setDigest = `mutation ($input: SetMorningDigestInput!) {
  setMorningDigest(input: $input) { merchant { morningAt } } }`;

const times = (changes: object = {}) => ({
  locationId: api.ours.location,
  cutoffAt: '16:30',
  weekdays: [1, 3],
  ...changes,
});

test('a manager sets them, and who did it is kept', async () => {
  const token = await api.tokenOf(api.ours, 'manager');
  // As a client writes it, and as it has read it.
  for (const cutoffAt of ['16:30', '16:30:00.000000']) {
    const { data } = await api.graphql(token, setTimes, { input: times({ cutoffAt }) });
    expect(data).toEqual({
      setCarrierPickupTimes: {
        location: { pickupCutoffAt: '16:30:00.000000', pickupWeekdays: [1, 3] },
      },
    });
  }
  expect((await api.graphql(token, setDigest, { input: { morningAt: '07:15' } })).data).toEqual({
    setMorningDigest: { merchant: { morningAt: '07:15:00.000000' } },
  });
  expect((await api.graphql(token, setDigest, { input: {} })).data).toEqual({
    setMorningDigest: { merchant: { morningAt: null } },
  });
  const audited = await api.graphql(
    token,
    '{ auditEntries(first: 4) { nodes { entity action actorRole } } }',
  );
  expect(audited.data).toEqual({
    auditEntries: {
      nodes: [
        { entity: 'MERCHANT', action: 'DIGEST_SET', actorRole: 'MANAGER' },
        { entity: 'MERCHANT', action: 'DIGEST_SET', actorRole: 'MANAGER' },
        { entity: 'LOCATION', action: 'PICKUP_TIMES_SET', actorRole: 'MANAGER' },
        { entity: 'LOCATION', action: 'PICKUP_TIMES_SET', actorRole: 'MANAGER' },
      ],
    },
  });
});

test.each([
  [{ cutoffAt: '4 pm' }, 'cutoffAt'],
  [{ cutoffAt: '24:00' }, 'cutoffAt'],
  [{ weekdays: [] }, 'weekdays'],
  [{ weekdays: [0] }, 'weekdays'],
  [{ weekdays: [1, null] }, 'weekdays'],
])('%j is refused by its field', async (changes, field) => {
  const token = await api.tokenOf(api.ours);
  const { errors } = await api.graphql(token, setTimes, { input: times(changes) });
  expect(errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', field });
});

test('staff may not, and nobody sets those of another merchant', async () => {
  const staff = await api.tokenOf(api.ours, 'staff');
  expect(codeOf(await api.graphql(staff, setTimes, { input: times() }))).toBe('FORBIDDEN');
  expect(codeOf(await api.graphql(staff, setDigest, { input: {} }))).toBe('FORBIDDEN');
  const theirs = await api.tokenOf(api.theirs);
  expect(codeOf(await api.graphql(theirs, setTimes, { input: times() }))).toBe('NOT_FOUND');
});
