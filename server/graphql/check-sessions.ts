import type { PgClient, WithPgClient } from 'postgraphile/@dataplan/pg';

import { asMember, type MemberSettings } from './member-client.ts';

type Service = GraphileConfig.PgServiceConfiguration;

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
  const withPgClient: WithPgClient<Client> = (settings: MemberSettings | null, callback) => {
    const isWatched = settings?.['waybill.sessions'] === sessionsAreWatched['waybill.sessions'];
    return settings?.role !== 'waybill_member' || isWatched
      ? plain(settings, callback)
      : plain(null, (client) => callback(asMember(client, settings)));
  };
  if (plain.release) withPgClient.release = () => plain.release?.();
  return withPgClient;
}
