import type { Role } from './account.graphql.ts';

export const roleNames: Readonly<Record<Role, string>> = {
  OWNER: 'Owner',
  MANAGER: 'Manager',
  STAFF: 'Staff',
};

/** Whom somebody may invite; the server holds the same rule. */
export function rolesToGive(myRole: string): readonly Role[] {
  return myRole === 'owner' ? ['STAFF', 'MANAGER', 'OWNER'] : ['STAFF'];
}

export function asRole(text: string): Role {
  return text === 'OWNER' || text === 'MANAGER' ? text : 'STAFF';
}
