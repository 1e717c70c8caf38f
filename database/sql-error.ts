import pg from 'pg';

/**
 * An error of a migration, told with the fixture file and line that it stands in: the position
 * PostgreSQL gives counts from the start of a text that may be ten thousand lines long.
 */
export function describeSqlError(error: unknown, sql: string, file: string): Error {
  if (!(error instanceof pg.DatabaseError)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const place = locate(sql, Number(error.position), file);
  const more = [error.detail, error.hint, error.where].filter((text) => text !== undefined);
  return new Error([`${place}: ${error.message} (${error.code})`, ...more].join('\n  '), {
    cause: error,
  });
}

function locate(sql: string, position: number, file: string): string {
  if (!Number.isInteger(position) || position < 1) return file;
  const stack = [{ file, line: 0 }];
  const lines = [...sql]
    .slice(0, position - 1)
    .join('')
    .split('\n');
  for (const line of lines) {
    const [, mark, name] = /^--! (Included|EndIncluded) (\S+)$/.exec(line) ?? [];
    const top = stack.at(-1);
    if (top) top.line += 1;
    if (mark === 'Included' && name) stack.push({ file: `fixtures/${name}`, line: 0 });
    if (mark === 'EndIncluded' && stack.length > 1) stack.pop();
  }
  const at = stack.at(-1);
  return at ? `${at.file}:${at.line}` : file;
}
