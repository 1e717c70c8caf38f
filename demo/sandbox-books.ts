/** What the outside world believes: the sandbox's own books. */
import { snapshotSchema, type Snapshot } from '../sandbox/records.ts';

export type Books = Omit<Snapshot, 'version' | 'serial' | 'labelFailures'>;

const booksSchema = snapshotSchema.omit({ version: true, serial: true, labelFailures: true });

export async function readBooks(sandboxUrl: string): Promise<Books> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/books`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The sandbox's books answered ${answer.status}`);
  const { summary, ...books } = (await answer.json()) as { summary: { requests: object } };
  return booksSchema.parse({ ...books, requests: summary.requests });
}
