/** How a carrier's calls are written down, and how they are sent for one account. */
import type { Outcome } from '../outbound/outcome.ts';
import type { Policy } from '../outbound/policy.ts';
import type { Send, ServiceCall, Tools } from './connector.ts';
import { withSession } from './session.ts';
import type { KeptToken, Session, Sessions } from './session.ts';

/** A call goes under the policy of its operation; what has none cannot be called. */
export function callsUnder<Account, Operation extends string>(
  policies: Readonly<Record<Operation, Policy>>,
) {
  return <T>(
    operation: Operation,
    build: ServiceCall<Account, T>['build'],
    parse: ServiceCall<Account, T>['parse'],
  ): ServiceCall<Account, T> => ({ operation, policy: policies[operation], build, parse });
}

/** With a key that every call brings. */
export function sendAs<Account>(account: Account, tools: Tools): Send<Account> {
  return ({ operation, policy, build, parse }) =>
    tools.call(operation, policy, build(account), (answer) => parse(account, answer));
}

/** Under the token of the account, which all workers share; `signIn` fetches a new one. */
export function sendSignedIn<Account>(
  tools: Tools,
  signIn: () => Promise<Outcome<KeptToken>>,
  accountWith: (session: Session) => Account,
): Send<Account> {
  const sessions: Sessions = { store: tools.tokens, now: tools.now, signIn };
  return (call) => withSession(sessions, (session) => sendAs(accountWith(session), tools)(call));
}
