import type { ReactNode } from 'react';
import type { Session } from './session.ts';
import { SignOutButton } from './sign-out-button.tsx';
import './page.css';

interface PageProps {
  session: Session;
  /** What tests find it by. */
  name: string;
  title: string;
  /** Whose it is. */
  about?: string;
  /** For what stands side by side. */
  wide?: boolean;
  children: ReactNode;
}

/** A screen beside the orders. */
export function Page({ session, name, title, about, wide = false, children }: PageProps) {
  return (
    <div className="page" data-testid={`${name}-page`}>
      <header className="top-bar">
        <span className="wordmark">Waybill</span>
        <span className="top-bar-end">
          <a className="button small" href="#/" data-testid={`${name}-back`}>
            Back to orders
          </a>
          <SignOutButton session={session} />
        </span>
      </header>
      <main className="page-body" data-wide={wide}>
        <div className="page-title">
          <h1>{title}</h1>
          {about !== undefined && <p className="muted">{about}</p>}
        </div>
        {children}
      </main>
    </div>
  );
}

interface LoadStateProps {
  name: string;
  /** Null until it has come. */
  value: unknown;
  problem: string | null;
}

/** While a page has nothing to show, and what went wrong. */
export function LoadState({ name, value, problem }: LoadStateProps) {
  if (problem !== null) {
    return (
      <p className="form-error" role="alert" data-testid={`${name}-error`}>
        {problem}
      </p>
    );
  }
  return value === null ? <p className="muted">Loading…</p> : null;
}
