import type { Session } from './session.ts';

/** The end of every top bar. */
export function SignOutButton({ session }: { session: Session }) {
  return (
    <button
      type="button"
      className="button small sign-out"
      onClick={() => void session.signOut()}
      data-testid="sign-out"
    >
      Sign out
    </button>
  );
}
