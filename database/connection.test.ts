import { describe, expect, test } from '@jest/globals';

import { databaseUrl, loginUrl, rolePassword } from './connection.ts';

describe('loginUrl', () => {
  test('names the role and a password that follows from the secret', () => {
    const url = new URL(loginUrl('postgres://admin:p@db:5433/waybill', 'waybill_server', 's'));
    expect(url.username).toBe('waybill_server');
    expect(url.password).toBe(rolePassword('waybill_server', 's'));
    expect(url.host).toBe('db:5433');
    expect(url.pathname).toBe('/waybill');
  });

  test('keeps the parameters of the URL', () => {
    expect(loginUrl('postgres://a@db/w?sslmode=require', 'r', 's')).toMatch(/\?sslmode=require$/);
  });

  test('leaves a URL alone that names the role already', () => {
    const own = 'postgres://waybill_server:own@db/waybill';
    expect(loginUrl(own, 'waybill_server', 's')).toBe(own);
  });

  test('gives every role and every secret another password', () => {
    const passwords = [rolePassword('a', 's'), rolePassword('b', 's'), rolePassword('a', 't')];
    expect(new Set(passwords).size).toBe(3);
    expect(passwords[0]).toMatch(/^[\w-]{43}$/);
  });

  test.each(['waybill', 'mysql://a@b/c', 'postgres:///waybill', 'postgres://u:secret@:99999x/d'])(
    'refuses %s without repeating it',
    (url) => {
      expect(() => loginUrl(url, 'r', 's')).toThrow(/^The database URL/);
      expect(() => loginUrl(url, 'r', 's')).not.toThrow(/secret/);
    },
  );
});

test('databaseUrl changes the database and nothing else', () => {
  expect(databaseUrl('postgres://a:b@h:1/x?y=z', 'new')).toBe('postgres://a:b@h:1/new?y=z');
});
