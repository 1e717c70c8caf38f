/**
 * Errors as the log may have them. PostgreSQL repeats the values of a row in `detail`, and the text that
 * it could not read in the message and in `where`; JavaScript repeats the JSON that it could not parse.
 * All of that may be a customer's name, phone or address.
 */
export interface DescribedError {
  name: string;
  message: string;
  stack?: string;
  sqlState?: string;
  constraint?: string;
  where?: string;
  cause?: DescribedError;
}

/** Deep chains of causes say nothing new. */
const mostCauses = 3;

export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error, message: 'not an error' };
  const message = messageWithoutValues(error);
  const { code, constraint, where } = databaseFields(error);
  return {
    name: error.name,
    message,
    ...(error.stack === undefined ? {} : { stack: stackOf(error.stack, error.message, message) }),
    ...(code === undefined ? {} : { sqlState: code }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(where === undefined ? {} : { where: functionsOf(where) }),
    ...(error.cause === undefined || depth === mostCauses
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The same error for others to log and to store, such as graphile-worker with a failed job. */
export function withoutValues(error: unknown): Error {
  const { name, message, stack } = describeError(error);
  return Object.assign(new Error(message), { name }, stack === undefined ? {} : { stack });
}

/** SQLSTATE class 22, and what JSON.parse() and GraphQL's variables say, quote what they were given. */
function messageWithoutValues(error: Error): string {
  const { code } = databaseFields(error);
  const message = error.message.replace(/ got invalid value .*/s, ' got an invalid value');
  if (code?.startsWith('22') !== true && !(error instanceof SyntaxError)) return message;
  return message
    .replace(/: ".*/s, ': …')
    .replace(/"[^"]*"|'[^']*'/gs, '…')
    .replace(/"[\s\S]*/, '…');
}

/** A stack begins with the message; what follows are places in our code. */
function stackOf(stack: string, said: string, message: string): string {
  const at = stack.indexOf('\n    at ');
  return (
    stack.slice(0, at < 0 ? stack.length : at).replace(said, () => message) +
    (at < 0 ? '' : stack.slice(at))
  );
}

/** Which functions were running, without the data that they ran on. */
function functionsOf(where: string): string {
  return where
    .split('\n')
    .filter((line) => /^(?:PL\/pgSQL|SQL) function /.test(line))
    .join('\n');
}

function databaseFields(error: Error): { code?: string; constraint?: string; where?: string } {
  const text = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  const [code, constraint, where] = ['code', 'constraint', 'where'].map(text);
  return {
    ...(code === undefined ? {} : { code }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(where === undefined ? {} : { where }),
  };
}
