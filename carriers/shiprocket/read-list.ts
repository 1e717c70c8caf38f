import { z } from 'zod';

export const perPage = 100;

/** How every list comes; an entry is read by itself, so that a broken one does not hide the others. */
export const listSchema = z.object({
  data: z.array(z.unknown()),
  meta: z
    .object({ pagination: z.object({ total_pages: z.coerce.number() }) })
    .nullish()
    .catch(null),
});

export function pagesOf({ meta }: z.output<typeof listSchema>): number {
  return meta?.pagination.total_pages ?? 1;
}
