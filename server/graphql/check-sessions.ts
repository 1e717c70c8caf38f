import type { PgClient, WithPgClient } from 'postgraphile/@dataplan/pg';

import { asMember, type MemberSettings } from './member-client.ts';

type Service = GraphileConfig.PgServiceConfiguration;

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
  const withPgClient: WithPgClient<Client> = (settings: MemberSettings | null, callback) =>
    settings?.role === 'waybill_member'
      ? plain(null, (client) => callback(asMember(client, settings)))
      : plain(settings, callback);
  if (plain.release) withPgClient.release = () => plain.release?.();
  return withPgClient;
}
