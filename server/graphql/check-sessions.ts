import type { PgClient, WithPgClient } from 'postgraphile/@dataplan/pg';

import { refusal } from '../errors/refusal.ts';

type Service = GraphileConfig.PgServiceConfiguration;
type Settings = Record<string, string | undefined> | null;

/**
 * A request's settings and the look at its session in one statement: what a member may be now is
 * read where the claims are set, so a token outlives neither its session nor its member's role, and
 * asking costs no round trip. No row: the session has ended, and nothing was set.
 */
const beginRequest = {
  name: 'begin-request',
  text: `select set_config(setting.key, setting.value, true)
    from app_hidden.session_standing($1::integer, $2::integer, $3::uuid) standing,
    lateral (
      select s.key, s.value from json_each_text($4::json) s
      union all select 'jwt.claims.role', standing.role
      union all select 'role', 'waybill_member'
    ) setting`,
};

/**
 * Of settings in which no session is looked up: an operation that many subscribers share acts for a role of
 * a merchant, and goes on when one of them has signed out. server/live asks before it tells anybody.
 */
export const sessionsAreWatched = { 'waybill.sessions': 'watched' } as const;

/** The service, through which nobody acts as a member without a session that stands. */
export function checkSessions(service: Service): Service {
  const { adaptor } = service;
  return {
    ...service,
    adaptor: {
      ...adaptor,
      createWithPgClient: async (...parameters: Parameters<typeof adaptor.createWithPgClient>) =>
        checked(await adaptor.createWithPgClient(...parameters)),
    },
  };
}

function checked<Client extends PgClient>(plain: WithPgClient<Client>): WithPgClient<Client> {
  const withPgClient: WithPgClient<Client> = (settings: Settings, callback) => {
    const isWatched = settings?.['waybill.sessions'] === sessionsAreWatched['waybill.sessions'];
    if (settings?.role !== 'waybill_member' || isWatched) return plain(settings, callback);
    const { role: _role, 'jwt.claims.role': _asSigned, ...rest } = settings;
    return plain(null, (client) =>
      client.withTransaction(async (transaction) => {
        const { rows } = await transaction.query({
          ...beginRequest,
          values: [
            settings['jwt.claims.merchant_id'],
            settings['jwt.claims.member_id'],
            settings['jwt.claims.session_id'],
            JSON.stringify(rest),
          ],
        });
        if (rows.length === 0) throw refusal('UNAUTHENTICATED', 'The session has ended.');
        return callback(transaction);
      }),
    );
  };
  if (plain.release) withPgClient.release = () => plain.release?.();
  return withPgClient;
}
