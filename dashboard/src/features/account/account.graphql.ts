import { operation } from '../../api/operation.ts';

export type Role = 'OWNER' | 'MANAGER' | 'STAFF';

type Purpose = 'JOIN' | 'RESET_PASSWORD';

export interface SessionRow {
  id: string;
  userAgent: string;
  startedAt: string;
  lastUsedAt: string;
}

/** Row-level security shows everybody their own. */
export const sessionsQuery = operation<{ sessions: { nodes: SessionRow[] } }>(/* GraphQL */ `
  query Sessions {
    sessions(first: 50, filter: { onlyOpen: true }) {
      nodes {
        id
        userAgent
        startedAt
        lastUsedAt
      }
    }
  }
`);

export const endSessionMutation = operation<unknown, { sessionId: string }>(/* GraphQL */ `
  mutation EndSession($sessionId: UUID!) {
    endSession(input: { sessionId: $sessionId }) {
      session {
        endedAt
      }
    }
  }
`);

export const endAllSessionsMutation = operation<unknown, { keepThis: boolean }>(/* GraphQL */ `
  mutation EndAllSessions($keepThis: Boolean!) {
    endAllSessions(input: { keepThis: $keepThis }) {
      ended
    }
  }
`);

export interface MemberRow {
  id: number;
  name: string;
  email: string;
  role: Role;
  disabledAt: string | null;
}

export interface InvitationRow {
  id: string;
  purpose: Purpose;
  email: string;
  name: string;
  role: Role;
  expiresAt: string;
}

export interface MembersData {
  members: { nodes: MemberRow[] };
  invitations: { nodes: InvitationRow[] };
}

export const membersQuery = operation<MembersData>(/* GraphQL */ `
  query Members {
    members(first: 100, orderBy: BY_NAME) {
      nodes {
        id
        name
        email
        role
        disabledAt
      }
    }
    invitations(first: 100, filter: { onlyOpen: true }, orderBy: OLDEST_FIRST) {
      nodes {
        id
        purpose
        email
        name
        role
        expiresAt
      }
    }
  }
`);

export interface Link {
  token: string;
  name: string;
  purpose: Purpose;
  expiresAt: string;
}

const linkFragment = /* GraphQL */ `
  fragment Link on InvitationLink {
    token
    name
    purpose
    expiresAt
  }
`;

export const inviteMutation = operation<
  { made: { link: Link } },
  { email: string; name: string; role: Role }
>(
  /* GraphQL */ `
    mutation InviteMember($email: String!, $name: String!, $role: MemberRole!) {
      made: inviteMember(input: { email: $email, name: $name, role: $role }) {
        link {
          ...Link
        }
      }
    }
  `,
  linkFragment,
);

export const resetPasswordMutation = operation<{ made: { link: Link } }, { memberId: number }>(
  /* GraphQL */ `
    mutation ResetMemberPassword($memberId: Int!) {
      made: resetMemberPassword(input: { memberId: $memberId }) {
        link {
          ...Link
        }
      }
    }
  `,
  linkFragment,
);

export const revokeMutation = operation<unknown, { invitationId: string }>(/* GraphQL */ `
  mutation RevokeInvitation($invitationId: UUID!) {
    revokeInvitation(input: { invitationId: $invitationId }) {
      invitation {
        id
      }
    }
  }
`);

export const changeRoleMutation = operation<unknown, { memberId: number; role: Role }>(
  /* GraphQL */ `
    mutation ChangeMemberRole($memberId: Int!, $role: MemberRole!) {
      changeMemberRole(input: { memberId: $memberId, role: $role }) {
        member {
          id
        }
      }
    }
  `,
);

export const disableMutation = operation<unknown, { memberId: number }>(/* GraphQL */ `
  mutation DisableMember($memberId: Int!) {
    disableMember(input: { memberId: $memberId }) {
      member {
        id
      }
    }
  }
`);

export const enableMutation = operation<unknown, { memberId: number }>(/* GraphQL */ `
  mutation EnableMember($memberId: Int!) {
    enableMember(input: { memberId: $memberId }) {
      member {
        id
      }
    }
  }
`);

export interface DigestData {
  merchant: { morningAt: string | null; timeZone: string };
}

export const digestQuery = operation<DigestData>(/* GraphQL */ `
  query MorningDigest {
    merchant {
      morningAt
      timeZone
    }
  }
`);

export const setDigestMutation = operation<unknown, { morningAt: string | null }>(/* GraphQL */ `
  mutation SetMorningDigest($morningAt: String) {
    setMorningDigest(input: { morningAt: $morningAt }) {
      merchant {
        morningAt
      }
    }
  }
`);
