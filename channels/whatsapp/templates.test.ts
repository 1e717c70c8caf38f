import { describe, expect, test } from '@jest/globals';
import { account, answerOf, createTemplate, draft, listTemplates } from './samples.ts';
import {
  buildCreateTemplate,
  buildListTemplates,
  parseCreateTemplate,
  parseListTemplates,
} from './templates.ts';

const answer = (status: number, body: unknown) =>
  answerOf({ status, headers: {}, body: JSON.stringify(body) });

test('what we send and read is what went over the wire', () => {
  expect(buildListTemplates(account)).toEqual(listTemplates.request);
  expect(buildCreateTemplate(account, draft)).toEqual(createTemplate.request);
  expect(parseListTemplates(answerOf(listTemplates.answer))).toEqual({
    kind: 'done',
    value: {
      templates: [
        {
          id: '168',
          name: 'order_shipped',
          language: 'en',
          status: 'APPROVED',
          category: 'UTILITY',
          quality: 'GREEN',
          bodyParameters: 2,
        },
      ],
      after: null,
    },
  });
  expect(parseCreateTemplate(answerOf(createTemplate.answer))).toEqual({
    kind: 'done',
    value: { id: '168', status: 'PENDING', category: 'UTILITY' },
  });
});

describe('listing', () => {
  const template = { id: 1, name: 'a', language: 'en', status: 'NEW_ONE' };

  test('the cursor is followed while there is a next page', () => {
    const paging = { cursors: { after: 'b' }, next: 'https://…' };
    const page = parseListTemplates(answer(200, { data: [template], paging }));
    expect(page).toMatchObject({ value: { after: 'b' } });
    expect(buildListTemplates(account, { after: 'b', limit: 5 }).url).toMatch(/limit=5&after=b$/);
    const last = parseListTemplates(answer(200, { data: [], paging }));
    expect(last).toMatchObject({ value: { after: null } });
  });

  test('a template with only what is needed is read', () => {
    expect(parseListTemplates(answer(200, { data: [template] }))).toMatchObject({
      kind: 'done',
      value: { templates: [{ id: '1', status: 'NEW_ONE', quality: null, bodyParameters: null }] },
    });
  });

  test.each([
    [200, {}, 'drift'],
    [200, { data: [{}] }, 'drift'],
    [500, {}, 'transient'],
    [429, {}, 'transient'],
    [400, { error: { code: 190 } }, 'account'],
    [400, { error: { code: 80007 } }, 'transient'],
  ])('HTTP %i %j is %s', (status, body, kind) => {
    expect(parseListTemplates(answer(status, body))).toMatchObject({ kind });
  });
});

describe('creating', () => {
  test.each([
    [400, { error: { code: 100, error_subcode: 2388019, message: 'limit' } }, 'refused'],
    [400, { error: { code: 100, error_user_title: 'Content already exists' } }, 'exists'],
    [400, { error: { code: 190 } }, 'account'],
    [500, {}, 'unknown'],
    [200, { status: 'PENDING' }, 'unknown'],
  ])('HTTP %i %j is %s', (status, body, kind) => {
    expect(parseCreateTemplate(answer(status, body))).toMatchObject({ kind });
  });
});
