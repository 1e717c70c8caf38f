import express, { type Request, type Response, type Router } from 'express';

import { changePassword } from './change-password.ts';
import { acceptInvitation, lookAtInvitation } from './invitation.ts';
import { login } from './login.ts';
import type { AuthParts } from './parts.ts';
import { logout, refresh } from './refresh.ts';

type Handler = (parts: AuthParts, request: Request, response: Response) => Promise<void>;

const handlers: Readonly<Record<string, Handler>> = {
  '/login': login,
  '/refresh': refresh,
  '/logout': logout,
  '/invitation': lookAtInvitation,
  '/accept-invitation': acceptInvitation,
  '/change-password': changePassword,
};

/** What happens before, or beside, a signed-in request; sessions and members are GraphQL's. */
export function authRoutes(parts: AuthParts): Router {
  const routes = express.Router();
  routes.use(express.json({ limit: '16kb' }));
  for (const [path, handle] of Object.entries(handlers)) {
    routes.post(path, (request, response) => handle(parts, request, response));
  }
  return routes;
}
