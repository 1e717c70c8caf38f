/**
 * Keeps the tracking page up to date. Each event is a reason to fetch the page anew, so that it is
 * rendered in one place; the browser itself reconnects and goes on from the last event.
 */
const page = location.pathname.replace(/\/$/, '');
const cursor = document.querySelector('main')?.dataset.cursor ?? '';
const events = new EventSource(`${page}/events?after=${encodeURIComponent(cursor)}`);

async function refresh() {
  const answer = await fetch(page, { headers: { accept: 'text/html' }, cache: 'no-store' });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const [before, after] = [document.querySelector('main'), fresh.querySelector('main')];
  if (!before || !after || before.dataset.cursor === after.dataset.cursor) return;
  after.classList.add('news');
  before.replaceWith(document.adoptNode(after));
  document.title = fresh.title;
}

let refreshing = Promise.resolve();
events.addEventListener('OrderStatusUpdated', () => {
  refreshing = refreshing.then(refresh).catch(() => undefined);
});
