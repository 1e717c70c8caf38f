import { createRoot } from 'react-dom/client';
import { ApiProvider, createApi } from './api/api.ts';
import { App } from './app.tsx';
import { authHttp } from './features/session/auth-http.ts';
import { Session } from './features/session/session.ts';
import './base.css';

/** The API lives beside the page. */
function besides(path: string): string {
  return new URL(path, document.baseURI).href;
}

const session = new Session(authHttp(besides('auth')), sessionStorage, localStorage);
const api = createApi({
  url: besides('graphql'),
  liveUrl: besides('graphql').replace(/^http/, 'ws'),
  accessToken: session.accessToken,
  rejectToken: session.rejectToken,
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');
createRoot(root).render(
  <ApiProvider value={api}>
    <App session={session} />
  </ApiProvider>,
);
void session.start();
