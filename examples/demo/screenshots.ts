import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { type Client, createClient, type Job, type JobOptions } from '../../client/src/entry.ts';
import { startChildSystem } from '../../local/child-system.ts';
import { startChromium } from '../../scripts/chromium.ts';

/** Starts the local system, brings jobs into every state, and writes pictures of the pages to docs/screenshots. */

const folder = join(import.meta.dirname, '../../docs/screenshots');
const longWorkerTimeout = 20;
const startTimeoutMs = 90_000;
const pollMs = 500;
const desktop = { width: 1100, height: 760 };
const phone = { width: 390, height: 780 };
/** The weather of some days, as a person might send it. */
const csv = [
  'city,day,temperature',
  ...['Berlin,1,4.5', 'Berlin,2,6.1', 'Hamburg,1,5.2', 'Hamburg,2,5.9', 'Köln,1,7.3', 'Köln,2,8.8'],
].join('\n');
const metrics = [
  { column: 'temperature', op: 'mean' },
  { column: 'temperature', op: 'max' },
];
const report = { type: 'csv-aggregate', payload: { csv, groupBy: 'city', metrics } };

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly viewport?: typeof desktop;
  readonly colorScheme?: 'light' | 'dark';
  /** What is to be seen before the picture is taken. */
  readonly until: string;
}

/** Jobs of all kinds. */
class Jobs {
  readonly #client: Client;

  constructor(url: string) {
    this.#client = createClient({ url });
  }

  async submit({ type, payload, ...options }: JobOptions & { type: string; payload: unknown }) {
    return (await this.#client.submit(type, payload, options)).id;
  }

  cancel = (id: string) => this.#client.cancel(id);

  async until(id: string, isThere: (job: Job) => boolean): Promise<void> {
    while (!isThere(await this.#client.get(id))) await setTimeout(pollMs);
  }
}

/** @returns the pictures to be taken, once their jobs are so far */
async function prepare(jobs: Jobs): Promise<readonly Shot[]> {
  const canceled = await jobs.submit({ type: 'countdown', payload: { seconds: 900 }, tags: ['import'] });
  for (const customer of [4711, 4712, 4713])
    await jobs.submit({ ...report, tags: ['report', `customer:${customer}`] });
  const broken = { ...report, payload: { ...report.payload, groupBy: 'town' } };
  const failed = await jobs.submit({ ...broken, tags: ['report', 'customer:4714'] });
  await jobs.submit({ type: 'countdown', payload: { seconds: 5 }, delaySeconds: 7_200, tags: ['nightly'] });
  const running = await jobs.submit({
    type: 'countdown',
    payload: { seconds: 60, failFirst: 1 },
    tags: ['import', 'customer:4711'],
  });
  const succeeded = await jobs.submit({ ...report, tags: ['report', 'customer:4715'] });
  const waiting = await jobs.submit({ ...report, dependsOn: [succeeded, running], tags: ['report'] });
  await jobs.cancel(canceled);
  await jobs.until(succeeded, ({ finishedAt }) => finishedAt !== null);
  await jobs.until(failed, ({ finishedAt }) => finishedAt !== null);
  await jobs.until(canceled, ({ finishedAt }) => finishedAt !== null);
  await jobs.until(running, ({ slices, progress }) => slices > 0 && (progress?.percent ?? 0) > 20);
  return [
    { name: 'job-running', path: `/ui/jobs/${running}`, until: 'Running' },
    { name: 'job-phone', path: `/ui/jobs/${running}`, until: 'Running', viewport: phone },
    { name: 'job-waiting', path: `/ui/jobs/${waiting}`, until: 'It waits' },
    { name: 'dashboard-light', path: '/ui', until: 'Submitted' },
    { name: 'dashboard-dark', path: '/ui', until: 'Submitted', colorScheme: 'dark' },
    { name: 'dashboard-phone', path: '/ui', until: 'Jobs', viewport: phone },
    { name: 'job-failed', path: `/ui/jobs/${failed}`, until: 'It failed' },
    { name: 'job-succeeded', path: `/ui/jobs/${succeeded}`, until: 'Result' },
    { name: 'form', path: '/ui/job-types/csv-aggregate', until: 'New job' },
  ];
}

async function take(browser: Browser, baseURL: string, shot: Shot): Promise<void> {
  const { name, path, until, viewport = desktop, colorScheme = 'light' } = shot;
  const context = await browser.newContext({ baseURL, viewport, colorScheme });
  const page = await context.newPage();
  await page.goto(path);
  await page.getByText(until).first().waitFor();
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
  console.log(`docs/screenshots/${name}.png`);
}

await mkdir(folder, { recursive: true });
const system = await startChildSystem(AbortSignal.timeout(startTimeoutMs), { longWorkerTimeout });
const browser = await startChromium();
try {
  for (const shot of await prepare(new Jobs(system.address))) await take(browser, system.address, shot);
} finally {
  await browser.close();
  await system.stop();
}
