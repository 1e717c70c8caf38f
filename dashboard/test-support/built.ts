import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface BuiltDashboard {
  /** The folder to serve. */
  dist: string;
  remove: () => Promise<void>;
}

const root = join(import.meta.dirname, '../..');

/** The dashboard as it is now, in a folder of its own. */
export async function buildDashboard(): Promise<BuiltDashboard> {
  const dist = await mkdtemp(join(tmpdir(), 'waybill-dashboard-'));
  // In a process of its own: Vite's native parts do not load inside jest.
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const build = ['build', 'dashboard', '--outDir', dist, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, [vite, ...build], { cwd: root });
  return { dist, remove: () => rm(dist, { recursive: true, force: true }) };
}
