import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The account that PostgreSQL runs as; empty when that is simply ours. */
export interface Account {
  name?: string;
  uid?: number;
  gid?: number;
}

/** Existing accounts only: a demo does not add users to somebody's machine. */
const candidates = ['postgres', 'nobody'];

/** PostgreSQL refuses to run as root, so root lends it an unprivileged account. */
export function findAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of candidates) {
    const uid = lookUp(['-u', name]);
    const gid = lookUp(['-g', name]);
    if (uid !== null && gid !== null && uid !== 0) return { name, uid, gid };
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody" to ' +
      'run it as. Start Waybill as an ordinary user, or set DATABASE_URL.',
  );
}

function lookUp(args: string[]): number | null {
  try {
    return Number(execFileSync('id', args, { encoding: 'utf8', stdio: 'pipe' }).trim());
  } catch {
    return null; // no such user
  }
}

/**
 * Root's checkout often lies under a home of mode 0700, where the lent account cannot go.
 * PostgreSQL's own words for it do not say which folder is closed; these do.
 */
export function assertReachable(account: Account, paths: string[]): void {
  if (account.uid === undefined) return;
  for (const path of paths) {
    if (canReach(account, path)) continue;
    const closed = firstClosedFolder(account, path);
    throw new Error(
      `The database runs as the user "${account.name}", because PostgreSQL refuses to run as ` +
        `root, and that user cannot reach ${path}: ${closed ?? 'a folder above it'} is closed ` +
        'to it. Move the checkout to where others may read (such as /srv), start Waybill as an ' +
        `ordinary user, or open it: chmod o+x ${closed ?? dirname(path)}`,
    );
  }
}

function canReach(account: Account, path: string): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], {
    ...identity(account),
    cwd: '/',
  });
  return test.status === 0;
}

function firstClosedFolder(account: Account, path: string): string | undefined {
  const folders: string[] = [];
  for (let at = resolve(path); at !== dirname(at); at = dirname(at)) folders.unshift(at);
  return folders.find((folder) => {
    const { mode, uid, gid } = statSync(folder);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    return ((mode >> shift) & 1) === 0;
  });
}

/** What child_process wants of an account. */
export function identity(account: Account): { uid?: number; gid?: number } {
  return account.uid === undefined || account.gid === undefined
    ? {}
    : { uid: account.uid, gid: account.gid };
}
