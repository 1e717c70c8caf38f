import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Agenda } from './agenda.ts';
import { snapshotSchema } from './records.ts';
import type { Snapshot } from './records.ts';

const writeEveryMs = 1000;

/** Keeps the books in a file, so that a restarted demo goes on. Written beside and renamed, so that
 *  a kill in the middle leaves the previous version. */
export class BooksFile {
  #path: string | null;
  #agenda: Agenda;
  #takeSnapshot: () => Snapshot;
  #isDue = false;
  #isDirty = false;

  constructor(path: string | null, agenda: Agenda, takeSnapshot: () => Snapshot) {
    this.#path = path;
    this.#agenda = agenda;
    this.#takeSnapshot = takeSnapshot;
  }

  read(): Snapshot | null {
    if (this.#path === null || !existsSync(this.#path)) return null;
    try {
      return snapshotSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (cause) {
      throw new Error(`The books file ${this.#path} cannot be read; move it away`, { cause });
    }
  }

  markChanged(): void {
    if (this.#path === null) return;
    this.#isDirty = true;
    if (this.#isDue) return;
    this.#isDue = true;
    this.#agenda.in(writeEveryMs, () => {
      this.#isDue = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#path === null || !this.#isDirty) return;
    this.#isDirty = false;
    const besideIt = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(besideIt, JSON.stringify(this.#takeSnapshot()));
    renameSync(besideIt, this.#path);
  }
}
