import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';

import { productionEnvironment, startTestApi, type TestApi } from '../testing/test-api.ts';

/**
 * The audits of the GraphQL-over-HTTP specification that are advice and are not followed, and why.
 * Whatever is new here is a regression, whatever is gone an improvement to be written down.
 */
const notFollowed = [
  // Links and images must not be able to ask: there are no queries over GET.
  '5A70 notice: MAY accept application/x-www-form-urlencoded formatted GET requests',
  '6A70 notice: MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
  'D6D5 notice: MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
];

const environments: [string, Record<string, string>][] = [
  // Some audits ask for a type of the schema.
  ['in production', { ...productionEnvironment, GRAPHQL_INTROSPECTION: 'true' }],
  ['in development', { NODE_ENV: 'development' }],
];

describe.each(environments)('the server %s', (_name, environment) => {
  let api: TestApi;
  let token: string;
  beforeAll(async () => {
    api = await startTestApi(environment);
    token = await api.tokenOf(api.ours);
  });
  afterAll(() => api.close());

  test('follows GraphQL over HTTP, as graphql-http audits it', async () => {
    const audits = serverAudits({
      url: `${api.server.url}/graphql`,
      fetchFn: (url: string, init: RequestInit = {}) => {
        const headers = new Headers(init.headers);
        headers.set('authorization', `Bearer ${token}`);
        return fetch(url, { ...init, headers });
      },
    });
    const results = await Promise.all(audits.map(({ fn }) => fn()));
    expect(results.length).toBeGreaterThan(55);
    const failed = results.filter((result) => result.status !== 'ok');
    const told = failed.map(({ id, name, status }) => `${id} ${status}: ${name}`);
    expect(told.filter((line) => line.includes(': MUST'))).toEqual([]);
    expect(told.sort()).toEqual(notFollowed);
  });
});
