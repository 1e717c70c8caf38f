import { createContext, use } from 'react';

const RoleContext = createContext('staff');
export const RoleProvider = RoleContext.Provider;

/**
 * Owners and managers. Only for what to show: a button that would be refused helps nobody. The API
 * judges each request anew.
 */
export function isLeader(role: string): boolean {
  return role === 'owner' || role === 'manager';
}

export function useIsLeader(): boolean {
  return isLeader(use(RoleContext));
}
