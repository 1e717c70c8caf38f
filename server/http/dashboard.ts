import express, { type Router } from 'express';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The built dashboard. Its assets carry a hash of their content in their names and are kept for
 * ever; the page itself is asked for each time. Unknown addresses that a browser opens are the
 * page's own.
 */
export function dashboardRoutes(directory: string): Router | undefined {
  const page = join(directory, 'index.html');
  if (!existsSync(page)) return undefined;
  const routes = express.Router();
  routes.use(
    '/assets',
    express.static(join(directory, 'assets'), {
      immutable: true,
      maxAge: '1y',
      fallthrough: false,
    }),
  );
  routes.use(
    express.static(directory, { index: false, cacheControl: false, setHeaders: askEachTime }),
  );
  routes.get('/{*path}', (request, response, next) => {
    if (!request.accepts(['json', 'html']) || request.accepts(['json', 'html']) !== 'html')
      return next();
    askEachTime(response);
    response.sendFile(page);
  });
  return routes;
}

function askEachTime(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('cache-control', 'no-cache');
}
