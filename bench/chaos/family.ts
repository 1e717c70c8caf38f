/** The processes that a process has started, from the operating system: nobody has to tell us. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Relative {
  pid: number;
  /** Its command line. */
  command: string;
}

export async function childrenOf(pid: number): Promise<Relative[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, child, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // A zombie is dead already.
    if (Number(parent) !== pid || state?.startsWith('Z') === true) return [];
    return [{ pid: Number(child), command: command ?? '' }];
  });
}
