import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

import { ConfigError } from '../../config.ts';
import { checkDocument } from './document-limits.ts';

/** The texts of operations by the SHA-256 of their UTF-8 bytes, in hexadecimal. */
export type KnownOperations = ReadonlyMap<string, string>;

/** Those of the dashboard, written by `npm run operations`. */
export const dashboardOperations = new URL('../../generated/operations.json', import.meta.url);

const Kept = z.record(z.string(), z.string());

export function operationId(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The dashboard's, and each `*.graphql` file of an operator's own folder, as it is byte by byte. */
export async function readKnownOperations(directory: string | undefined): Promise<KnownOperations> {
  const kept = Kept.parse(JSON.parse(await readFile(dashboardOperations, 'utf8')));
  const texts = [...Object.values(kept), ...(directory ? await readFolder(directory) : [])];
  return new Map(texts.map((text) => [operationId(text), text]));
}

async function readFolder(directory: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const path of glob('**/*.graphql', { cwd: directory })) {
    const text = await readFile(join(directory, path), 'utf8');
    const checked = checkDocument(text);
    if (checked instanceof Error) throw new ConfigError(`${path}: ${checked.message}`);
    texts.push(text);
  }
  if (texts.length === 0)
    throw new ConfigError(`GRAPHQL_OPERATIONS_DIR: there is no *.graphql file in ${directory}`);
  return texts;
}
