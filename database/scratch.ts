import { randomBytes } from 'node:crypto';
import pg from 'pg';

import { databaseUrl, withClient } from './connection.ts';

/** A name that no other run takes. */
export function scratchName(purpose: string): string {
  return `waybill_${purpose}_${process.pid}_${randomBytes(4).toString('hex')}`;
}

export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  await withClient(adminUrl, async (client) => {
    await client.query(`create database ${pg.escapeIdentifier(name)}`);
  });
  return databaseUrl(adminUrl, name);
}

/** Ends whoever is still connected. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  });
}

/** An empty database for the length of a function. */
export async function withScratchDatabase<T>(
  adminUrl: string,
  purpose: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const name = scratchName(purpose);
  const url = await createDatabase(adminUrl, name);
  try {
    return await use(url);
  } finally {
    await dropDatabase(adminUrl, name);
  }
}
