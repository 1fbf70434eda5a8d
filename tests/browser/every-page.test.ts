import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page, Response } from 'playwright-core';
import { storeResult } from '../stored-result.ts';
import { yearly } from '../system/start-system.ts';
import { Access, signIn } from './access.ts';
import { inspectAccessibility } from './accessibility.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const tenant = 'every page';
const maxBytes = 60 * 1024;
const formWithFiles = '/ui/job-types/csv-sums';
/** The page that takes files may send them to the bucket, and to nowhere else. */
const policyOf = (path: string): string => {
  const connect = path === formWithFiles ? `'self' ${systems().endpoints.s3Endpoint}` : "'self'";
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${connect}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
};
const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 360 },
] as const;

/** One job of each kind, and the paths of all pages. */
async function preparePages(client: Client): Promise<readonly string[]> {
  const tags = ['a tag', 'another tag'];
  const table = [
    { do: 'return', value: { rows: [{ city: 'Köln', mean: 9.5 }], list: [1, 2], text: 'x'.repeat(3_000) } },
  ];
  const failing = [
    { do: 'log', level: 'warn', message: 'it will break' } as const,
    { do: 'fail', message: 'it broke', untilAttempt: 0 },
  ];
  const failed = await client.play(failing, { tags });
  const succeeded = await client.play(table, { tags });
  const asleep = await client.play([{ do: 'sleep', seconds: 3_600 }]);
  const running = await client.play([
    { do: 'log', level: 'info', message: 'it has begun' },
    { do: 'progress', percent: 30, message: 'on its way' },
    { do: 'pause', seconds: 300 },
  ]);
  const waiting = await client.play([], { dependsOn: [running, succeeded], tags });
  const parent = await client.submit({ type: 'contact-sheet', payload: { count: 30, failing: [1, 3] } });
  const later = await client.play([], { delaySeconds: 1_500 });
  const canceled = await client.play([], { delaySeconds: 1_500 });
  await client.cancel(canceled);
  await Promise.all([failed, succeeded, parent].map((id) => client.finished(id)));
  const result = { body: 'a,b', contentType: 'text/csv', over: { tenant, result: '{"rows":0}' } };
  const { id: inObject } = await storeResult(systems().endpoints, result);
  const jobs = [failed, succeeded, inObject, asleep, running, waiting, later, canceled];
  for (const call of [`${yearly.own}/run`, `${yearly.foreign}/pause`])
    await client.post(`/schedules/${call}`);
  const nobody = '00000000-0000-4000-8000-000000000000';
  return [
    '/ui',
    '/ui?status=failed&tag=a+tag',
    '/ui?tag=nobody+has+this',
    '/ui?status=nonsense',
    ...jobs.map((id) => `/ui/jobs/${id}`),
    `/ui/jobs/${failed}?level=warn`,
    `/ui/jobs/${failed}/logs`,
    `/ui/jobs/${parent}`,
    `/ui/jobs/${parent}/children/children`,
    `/ui/jobs/${parent}/children/children?status=unsuccessful`,
    `/ui/jobs/${parent}/children/none`,
    `/ui/job-types/play?from=${failed}`,
    `/ui/jobs/${nobody}`,
    `/ui/jobs/${nobody}/result`,
    '/ui/actions?action=retry&tag=a+tag',
    '/ui/job-types/counting',
    '/ui/job-types/play',
    formWithFiles,
    '/ui/job-types/none',
    '/ui/errors?type=none',
    '/ui/queues',
    '/ui/stats?range=week',
    '/ui/schedules',
    `/ui/schedules?ran=${yearly.foreign}`,
  ];
}

/** A page scrolls down, never to the side; what is wider scrolls in itself. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Checks a page that was answered, in all looks. */
async function check(page: Page, path: string, response: Response | null): Promise<void> {
  const { length } = (await response?.body()) ?? Buffer.alloc(0);
  expect([path, length < maxBytes]).toEqual([path, true]);
  expect(response?.headers()).toMatchObject({
    'content-security-policy': policyOf(path),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': expect.stringContaining('private'),
  });
  await inspect(page, path);
}

/** What a page shows now, in all looks. */
async function inspect(page: Page, path: string): Promise<void> {
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const { serious, rules } = await inspectAccessibility(page);
    expect([path, colorScheme, width, serious]).toEqual([path, colorScheme, width, []]);
    expect(rules).toBeGreaterThan(10);
    expect([path, width, await overflow(page)]).toEqual([path, width, 0]);
  }
}

describeInBrowser('every page', () => {
  const tabs = useTabs();
  let paths: readonly string[];
  let access: Access;
  let key: string;
  beforeAll(async () => {
    access = new Access();
    key = (await access.newKey({ tenant })).text;
    paths = await preparePages(new Client(systems().closed, key));
  });
  afterAll(() => access?.close());

  test('is small, private and quiet, and accessible in light and dark, on a desk and on a phone', async () => {
    const page = await tabs.open('/ui/sign-in', { base: systems().closed });
    const visit = async (path: string) => check(page, path, await page.goto(path));
    await visit('/ui/sign-in');
    await signIn(page, 'no key');
    await page.getByRole('alert').waitFor();
    await signIn(page, key);
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    for (const path of paths) await visit(path);
    await visit('/ui/errors');
    await page.getByRole('button', { name: 'Retry these jobs… of PermanentError' }).waitFor();
  });

  test('the statistics have what was counted, without colours, and as a table', async () => {
    const page = await tabs.open('/ui/sign-in', { base: systems().closed });
    await signIn(page, key);
    await page.getByRole('link', { name: 'Statistics' }).click();
    const long = page.getByRole('region', { name: 'long', exact: true });
    await long.getByText(/\d+ jobs ended.*failed/).waitFor();
    await long.getByRole('img', { name: /^Start delay of long: p50 at most \d/ }).waitFor();
    expect(await long.locator('svg text', { hasText: /^p(50|95)$/ }).count()).toBe(4);
    const dashes = long.locator('path[stroke-dasharray]').first();
    expect(await dashes.getAttribute('d')).toMatch(/^M/);
    expect(await long.locator('.hatched').getAttribute('fill')).toBe('url(#hatching)');
    expect(await page.locator('#hatching').count()).toBe(1);
    await long.getByText('The numbers').click();
    const failedShare = long.locator('tbody tr').filter({ hasText: /[1-9]\d*\.\d %/ });
    expect(await failedShare.count()).toBeGreaterThan(0);
    await inspect(page, '/ui/stats');
    await page.getByRole('link', { name: 'Last day' }).click();
    await page.waitForURL(/range=day/);
    await long.getByText(/\d+ jobs ended.*failed/).waitFor();
  });

  test('loads assets whose names change with their content, once and for ever', async () => {
    const page = await tabs.open('/ui');
    const sources = await page
      .locator('script[src], link[rel=stylesheet]')
      .evaluateAll((elements) =>
        elements.map((each) => each.getAttribute('src') ?? each.getAttribute('href')),
      );
    expect(sources).toEqual([
      expect.stringMatching(/^\/ui\/assets\/style\.[0-9a-f]{12}\.css$/),
      expect.stringMatching(/^\/ui\/assets\/page\.[0-9a-f]{12}\.js$/),
    ]);
    for (const source of sources) {
      const { headers } = await fetch(systems().open + source);
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
    expect((await fetch(`${systems().open}/ui/assets/page.000000000000.js`)).status).toBe(404);
  });
});
