// Keeps a page up to date: fetches it again and swaps the regions that may change, if it has changed.
// Without this script the page reloads by itself while its job runs, and every form works.

const refreshAttribute = 'refresh';
let etag;
let timer;

/** Someone types or chooses: nothing may move under their hands. */
const isBusy = (region) =>
  region.contains(document.activeElement) && document.activeElement.matches('input, select, textarea');

/** Puts the keyboard back to where it was, if the swap has replaced that. */
function keepingFocus(region, swap) {
  const focused = region.contains(document.activeElement) ? document.activeElement : undefined;
  const all = () => [...region.querySelectorAll('a, button, summary, [tabindex]')];
  const index = focused ? all().indexOf(focused) : -1;
  const open = [...region.querySelectorAll('details')].map((each) => each.open);
  swap();
  for (const [at, each] of [...region.querySelectorAll('details')].entries()) if (open[at]) each.open = true;
  if (index >= 0) all()[index]?.focus({ preventScroll: true });
}

function swap(next) {
  for (const region of document.querySelectorAll('[data-live]')) {
    const fresh = next.querySelector(`[data-live="${region.dataset.live}"]`);
    if (!fresh || fresh.innerHTML === region.innerHTML || isBusy(region)) continue;
    keepingFocus(region, () => region.replaceChildren(...fresh.childNodes));
  }
  if (document.title !== next.title) {
    document.title = next.title;
    document.getElementById('announce').textContent = next.title;
  }
  const icon = next.querySelector('link[rel="icon"]');
  if (icon) document.querySelector('link[rel="icon"]').href = icon.getAttribute('href');
  document.body.dataset[refreshAttribute] = next.body.dataset[refreshAttribute] ?? '';
}

const steps = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];
const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** Times go on while nothing else changes. */
function tick() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    const [size, unit] = steps.find(([each]) => Math.abs(seconds) >= each) ?? [1, 'second'];
    const text = Math.abs(seconds) < 2 ? 'just now' : words.format(Math.trunc(seconds / size), unit);
    if (time.textContent !== text) time.textContent = text;
  }
}

async function look() {
  try {
    const response = await fetch(location.href, {
      headers: { accept: 'text/html', ...(etag ? { 'if-none-match': etag } : {}) },
      cache: 'no-store',
    });
    // Signed out meanwhile, or the job is gone: let the browser show what there is.
    if (response.redirected || response.status === 404) return location.reload();
    if (response.status === 200) {
      etag = response.headers.get('etag') ?? undefined;
      swap(new DOMParser().parseFromString(await response.text(), 'text/html'));
    }
  } catch {
    // Offline for a moment: the next look will tell.
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  const seconds = Number(document.body.dataset[refreshAttribute]);
  if (!(seconds > 0)) return;
  timer = setTimeout(look, (document.hidden ? Math.max(60, seconds * 10) : seconds) * 1000);
}

// A tab that comes to the front shows what is, not what was.
document.addEventListener('visibilitychange', () => {
  if (document.hidden || !(Number(document.body.dataset[refreshAttribute]) > 0)) return schedule();
  clearTimeout(timer);
  look();
});

// A form that was sent is on its way: a second click would send it again.
document.addEventListener('submit', (event) => {
  for (const button of event.target.querySelectorAll('button')) setTimeout(() => (button.disabled = true));
});
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[disabled]:not([data-off])')) button.disabled = false;
});

setInterval(tick, 5_000);
schedule();
