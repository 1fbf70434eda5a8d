// Keeps a page up to date: fetches it again and swaps the regions that may change, if it has changed.
// Without this script the page reloads by itself while its job runs, and every form works.

const hiddenSeconds = 60;
let etag;
let timer;
let looking;

const secondsToNext = () => Number(document.body.dataset.refresh);

/** The times go on by themselves: a region that differs in nothing else stays, and what is selected in it. */
const shownIn = (region) => region.innerHTML.replaceAll(/(<time[^>]*>)[^<]*/g, '$1');

/** Puts the keyboard back to where it was, and opens what was open, if the swap has replaced that. */
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
    if (!fresh || shownIn(fresh) === shownIn(region)) continue;
    keepingFocus(region, () => region.replaceChildren(...fresh.childNodes));
  }
  if (document.title !== next.title) {
    document.title = next.title;
    // Without the sign of the status, which a screen reader would spell.
    document.getElementById('announce').textContent = next.title.replace(/^\P{L}+/u, '');
  }
  const icon = next.querySelector('link[rel="icon"]');
  if (icon) document.querySelector('link[rel="icon"]').href = icon.getAttribute('href');
  document.body.dataset.refresh = next.body.dataset.refresh ?? '';
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

/** What the server has for this address now. @returns whether the page can go on with that */
async function update() {
  const response = await fetch(location.href, {
    headers: { accept: 'text/html', ...(etag ? { 'if-none-match': etag } : {}) },
    cache: 'no-store',
  });
  // Signed out meanwhile, or the job may not be seen any more: let the browser show what there is.
  if (response.redirected || response.status === 403 || response.status === 404) {
    location.reload();
    return false;
  }
  if (response.status === 200) {
    const text = await response.text();
    etag = response.headers.get('etag') ?? undefined;
    swap(new DOMParser().parseFromString(text, 'text/html'));
  }
  return true;
}

/** One look at a time: an answer that is late must not undo a newer one. */
async function look() {
  clearTimeout(timer);
  if (looking) return;
  looking = true;
  // Offline for a moment: the next look will tell.
  const goesOn = await update().catch(() => true);
  looking = false;
  if (goesOn) schedule();
}

function schedule() {
  clearTimeout(timer);
  const seconds = secondsToNext();
  if (!(seconds > 0)) return;
  timer = setTimeout(look, (document.hidden ? Math.max(hiddenSeconds, seconds * 10) : seconds) * 1000);
}

// A tab that comes to the front shows what is, not what was: a job that has ended may have been retried.
document.addEventListener('visibilitychange', () => {
  if (document.hidden || !document.querySelector('[data-live]')) schedule();
  else look();
});

// A form that was sent is on its way: a second click would send it again.
document.addEventListener('submit', (event) => {
  // It is not on its way yet: its files are uploaded first.
  if (event.defaultPrevented) return;
  for (const button of event.target.querySelectorAll('button')) setTimeout(() => (button.disabled = true));
});
addEventListener('pageshow', ({ persisted }) => {
  for (const button of document.querySelectorAll('button[disabled]:not([data-off])')) button.disabled = false;
  if (persisted && document.querySelector('[data-live]')) look();
});

setInterval(tick, 5_000);
schedule();
