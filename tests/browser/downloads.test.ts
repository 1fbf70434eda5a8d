import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { storeResult } from '../stored-result.ts';
import { Access, signIn } from './access.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const tenant = 'downloads';
const csv = `city,orders\n${'Köln,9\n'.repeat(9_000)}`;

/** Follows the link on the page of a job. @returns what the browser has saved */
async function download(page: Page) {
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the file' }).click();
  const saved = await downloading;
  return { name: saved.suggestedFilename(), text: await readFile(await saved.path(), 'utf8') };
}

describeInBrowser('a result that is in an object', () => {
  const tabs = useTabs();
  let access: Access;
  let key: string;
  let id: string;
  beforeAll(async () => {
    access = new Access();
    key = (await access.newKey({ tenant })).text;
    const over = { tenant, type: 'csv-sums', result: '{"rows":9000}' };
    ({ id } = await storeResult(systems().endpoints, { body: csv, contentType: 'text/csv', over }));
  });
  afterAll(() => access?.close());

  test('is downloaded from the page of its job, byte by byte, after a sign-in', async () => {
    const page = await tabs.open(`/ui/jobs/${id}`, { base: systems().closed });
    await signIn(page, key);
    await page.getByText('71 KB, text/csv').waitFor();
    expect(await page.locator('dl.values').textContent()).toContain('9000');
    expect(await download(page)).toEqual({ name: `${id}.csv`, text: csv });
    await page.getByRole('heading', { name: 'Result' }).waitFor();
  });

  test('is downloaded by who has the link, without a script, too', async () => {
    const { pageUrl = '' } = await new Client(systems().closed, key).get(id);
    const options = { base: systems().closed, javaScriptEnabled: false };
    const page = await tabs.open(pageUrl.slice(systems().closed.length), options);
    expect(await download(page)).toEqual({ name: `${id}.csv`, text: csv });
  });
});
