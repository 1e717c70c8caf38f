/**
 * How a member's statements reach PostgreSQL: begin, the role and claims, the statement and commit leave
 * together, and their answers are read in that order. One round trip instead of four: round trips cost more
 * than what is done in them. Nothing is lost by it: after a statement that fails, PostgreSQL refuses those
 * behind it, and answers the commit with a rollback.
 */
import { createHash } from 'node:crypto';
import type { PgClient, PgClientQuery } from 'postgraphile/@dataplan/pg';

import { refusal } from '../errors/refusal.ts';

export type MemberSettings = Record<string, string | undefined>;

/** A role that does not exist. */
const nobody = 'a session that has ended';

/**
 * A request's settings and the look at its session in one statement: what a member may be now is
 * read where the claims are set, so a token outlives neither its session nor its member's role, and
 * asking costs no round trip. If the session does not stand, the statement fails by the role, and
 * so does all that was sent behind it.
 */
const beginRequest = {
  name: 'begin-request',
  text: `select set_config(setting.key, setting.value, true)
    from (values (1)) asked
    left join lateral app_hidden.session_standing($1::integer, $2::integer, $3::uuid) standing on true
    cross join lateral (
      select 'role' as key, case when standing.role is null then $5::text else 'waybill_member' end as value
      union all select s.key, s.value from json_each_text($4::json) s
      union all select 'jwt.claims.role', standing.role
    ) setting`,
};

/**
 * The client as this member, in the place of the login role. Each query() is a transaction of its own; what
 * belongs together takes withTransaction(). The pool must have been made with `pipeline`: without it the
 * statements wait for one another, which is slower and as right.
 */
export function asMember<Client extends PgClient>(client: Client, settings: MemberSettings) {
  const begin = beginStatement(settings);
  const began = (answer: Promise<unknown>) => answer.catch(sayWhoIsMissing);
  const query: PgClient['query'] = async (statement) => {
    const started = [
      client.query({ text: 'begin' }),
      began(client.query(begin)),
      client.query<never>({ ...statement, name: statement.name ?? nameOf(statement.text) }),
      client.query({ text: 'commit' }),
    ] as const;
    // A connection goes back only when it is quiet; the first that failed is why the others did.
    await Promise.allSettled(started);
    const [, , answer] = await Promise.all(started);
    return answer;
  };
  const withTransaction: Client['withTransaction'] = (callback) =>
    client.withTransaction(async (transaction) => {
      await began(transaction.query(begin));
      return callback(transaction);
    });
  return { ...client, query, withTransaction };
}

function beginStatement(settings: MemberSettings): PgClientQuery {
  const { role: _role, 'jwt.claims.role': _asSigned, ...rest } = settings;
  return {
    ...beginRequest,
    values: [
      settings['jwt.claims.merchant_id'],
      settings['jwt.claims.member_id'],
      settings['jwt.claims.session_id'],
      JSON.stringify(rest),
      nobody,
    ],
  };
}

function sayWhoIsMissing(error: unknown): never {
  if (error instanceof Error && error.message.includes(`"${nobody}"`)) {
    throw refusal('UNAUTHENTICATED', 'The session has ended.');
  }
  throw error;
}

/** Mutations come without a name, and would be parsed and planned anew each time. */
const names = new Map<string, string>();
const namesKept = 200;

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= namesKept) names.clear();
  const name = createHash('sha1').update(text).digest('base64url');
  names.set(text, name);
  return name;
}
