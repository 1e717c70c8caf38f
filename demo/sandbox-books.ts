/** What the outside world believes: the sandbox's own books. */
import { z } from 'zod';
import type { Config } from '../config.ts';

const Books = z.object({
  parcels: z.array(
    z.object({
      awb: z.string(),
      reference: z.string(),
      payment: z.enum(['Pre-paid', 'COD']),
      codAmount: z.number(),
    }),
  ),
  messages: z.array(z.object({ id: z.string(), callbackData: z.string().nullable() })),
});

export type Books = z.infer<typeof Books>;

export async function readBooks(config: Pick<Config, 'sandboxPort'>): Promise<Books> {
  const answer = await fetch(`http://127.0.0.1:${config.sandboxPort}/_sandbox/books`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The sandbox's books answered ${answer.status}`);
  return Books.parse(await answer.json());
}
