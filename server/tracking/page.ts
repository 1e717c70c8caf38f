import { html, Html } from './html.ts';
import { style } from './style.ts';
import type { TrackedOrder } from './track-order.ts';
import { barOf, parcelWordsOf, wordsOf } from './words.ts';

/** The page works as it is; its script only loads it anew when something happens. */
export function trackingPage(order: TrackedOrder): string {
  return page(
    `Order ${order.number} · ${order.storeName}`,
    orderView(order),
    html` <noscript><meta http-equiv="refresh" content="60" /></noscript>
      <script type="module" src="live.js"></script>`,
  );
}

/** The same for whatever cannot be shown: nobody learns which ids exist. */
export function unknownPage(): string {
  return page(
    'Order not found',
    html` <main class="card">
      <h1>We cannot find this order</h1>
      <p class="detail">Please open the link from your message again, or ask the shop.</p>
    </main>`,
  );
}

export function busyPage(): string {
  return page(
    'Please wait',
    html` <main class="card">
      <h1>One moment, please</h1>
      <p class="detail">There were too many attempts from your network. Try again in a minute.</p>
    </main>`,
  );
}

function page(title: string, main: Html, head: Html = html``): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
        ${head}
      </head>
      <body>
        ${main}
      </body>
    </html> `.text;
}

function orderView(order: TrackedOrder): Html {
  const words = wordsOf(order.status);
  return html` <main class="card" data-status="${order.status}" data-cursor="${order.cursor}">
    <p class="store">${order.storeName}<span>Order ${order.number}</span></p>
    <h1 aria-live="polite">${words.headline}</h1>
    <p class="detail">${words.detail}</p>
    ${bar(order, words.place)}${whereIs(order)}${items(order)}${timeline(order)}
  </main>`;
}

function bar(order: TrackedOrder, place: number): Html | false {
  if (place < 0) return false;
  const steps = barOf(order).map((name, n) => {
    const state = n < place ? 'done' : n === place ? 'now' : 'next';
    return html` <li class="${state}" ${n === place && html` aria-current="step"`}>${name}</li>`;
  });
  return html` <ol class="bar">
    ${steps}
  </ol>`;
}

/** Of one box its own line is enough; of several each has its carrier's number. */
function whereIs(order: TrackedOrder): Html | false {
  const { pickupLocation, parcels, trackingCode, trackingUrl } = order;
  if (pickupLocation) {
    const { name, address, city, pincode } = pickupLocation;
    return html` <section>
      <h2>Where to collect</h2>
      <p>${name}<br />${address}, ${city} ${pincode}</p>
    </section>`;
  }
  if (parcels.length > 0)
    return html` <section>
      <h2>${parcels.length > 1 ? `Your ${parcels.length} parcels` : 'Your parcel'}</h2>
      <ul>
        ${parcels.map(
          (parcel) =>
            html` <li>
              ${parcelWordsOf(parcel.status)}${link(parcel.trackingCode, parcel.trackingUrl)}
            </li>`,
        )}
      </ul>
    </section>`;
  if (trackingCode === null) return false;
  return html` <section>
    <h2>Your parcel</h2>
    <p>${link(trackingCode, trackingUrl)}</p>
  </section>`;
}

function link(code: string | null, url: string | null): Html | false {
  if (code === null) return false;
  if (url === null || !/^https?:\/\//.test(url))
    return html` <span class="code">Tracking number ${code}</span>`;
  return html` <a class="button" href="${url}" rel="noreferrer"
    >Track parcel <span class="code">${code}</span></a
  >`;
}

function items({ items }: TrackedOrder): Html {
  return html` <section>
    <h2>What you ordered</h2>
    <ul class="items">
      ${items.map(
        ({ title, variantTitle, quantity }) =>
          html` <li>
            <span class="quantity">${quantity} ×</span>
            ${title}${variantTitle !== null && html` <span class="variant">${variantTitle}</span>`}
          </li>`,
      )}
    </ul>
  </section>`;
}

function timeline({ timeline, timeZone }: TrackedOrder): Html {
  const time = new Intl.DateTimeFormat('en-IN', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
  });
  return html` <section>
    <h2>So far</h2>
    <ol class="timeline">
      ${timeline.toReversed().map(
        ({ status, timestamp }) =>
          html` <li>
            ${wordsOf(status).step}
            <time datetime="${timestamp}">${time.format(new Date(timestamp))}</time>
          </li>`,
      )}
    </ol>
  </section>`;
}
