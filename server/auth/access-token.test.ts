import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

import { deriveKeys, type KeyRing } from '../../config.ts';
import { signPaperUrl, verifyPaperLink } from '../papers/paper-links.ts';
import { issueAccessToken, readAccessToken } from './access-token.ts';

type Secrets = Parameters<typeof deriveKeys>[0];
const old: Secrets = { secret: 'the secret before', previousSecrets: [] };
const fresh: Secrets = { secret: 'the secret now', previousSecrets: ['the secret before'] };
const alone: Secrets = { ...fresh, previousSecrets: [] };

const member = {
  memberId: 7,
  merchantId: 3,
  sessionId: randomUUID(),
  role: 'staff' as const,
  name: 'Asha',
};

const jwt = (config: Secrets): KeyRing => deriveKeys(config, 'jwt');

describe('an access token', () => {
  test('comes back as what was signed', async () => {
    const token = await issueAccessToken(jwt(fresh), member);
    expect(await readAccessToken(jwt(fresh), token)).toMatchObject(member);
  });

  test('signed with the previous secret is good until that is forgotten', async () => {
    const token = await issueAccessToken(jwt(old), member);
    expect(await readAccessToken(jwt(fresh), token)).toMatchObject(member);
    expect(await readAccessToken(jwt(alone), token)).toBeUndefined();
  });

  test('is always signed with the new secret', async () => {
    const token = await issueAccessToken(jwt(fresh), member);
    expect(await readAccessToken(jwt(alone), token)).toMatchObject(member);
    expect(await readAccessToken(jwt(old), token)).toBeUndefined();
  });

  test('is worth nothing without a key, with the key of another or once it has expired', async () => {
    const [key] = jwt(fresh);
    const claims = { merchant_id: 3, sid: member.sessionId, role: 'owner', name: 'x' };
    const signed = (kid?: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', ...(kid === undefined ? {} : { kid }) })
        .setSubject('7')
        .setIssuer('waybill')
        .setAudience('waybill')
        .setExpirationTime('1m')
        .sign(key);
    for (const token of [await signed(), await signed('nonsense'), 'nonsense', 'a.b.c']) {
      expect(await readAccessToken(jwt(fresh), token)).toBeUndefined();
    }
    const expired = await issueAccessToken(jwt(fresh), member, -1);
    expect(await readAccessToken(jwt(fresh), expired)).toBeUndefined();
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
    expect(await readAccessToken(jwt(fresh), unsigned)).toBeUndefined();
  });
});

test('a link to a label made with the previous secret is good until that is forgotten', () => {
  const now = new Date();
  const paper = { kind: 'label', id: randomUUID() } as const;
  const url = new URL(signPaperUrl(deriveKeys(old, 'links')[0], 'http://a.example', paper, now));
  const { expires = '', signature = '' } = Object.fromEntries(url.searchParams);
  const link = { ...paper, expires, signature };
  expect(verifyPaperLink(deriveKeys(fresh, 'links'), link, now)).toBe(true);
  expect(verifyPaperLink(deriveKeys(alone, 'links'), link, now)).toBe(false);
});
