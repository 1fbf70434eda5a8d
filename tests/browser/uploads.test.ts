import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { uploadResponse } from '../../shared/http/requests/upload-request.ts';
import { csvSums } from '../job-types/csv-sums/contract.ts';
import { inspectAccessibility } from './accessibility.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const form = '/ui/job-types/csv-sums';
const rows = Array.from({ length: 20_000 }, (_, at) => `city ${at % 2},${at}`);
const csv = {
  name: 'orders.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(`city,orders\n${rows.join('\n')}\n`),
};
const sumOfEven = rows.reduce((sum, _, at) => sum + (at % 2 === 0 ? at : 0), 0);
const metrics = '[{"column": "orders", "op": "sum"}]';
const toBucket = /\/bucket\/uploads\//;

async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('groupBy').fill('city');
  await page.getByLabel('metrics').fill(metrics);
}
const submit = (page: Page) => page.getByRole('button', { name: 'Submit' }).first().click();
const succeeded = (page: Page) => page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
const words = (page: Page, text: string | RegExp) =>
  page.locator('[data-upload-words]', { hasText: text }).waitFor();

/** What was typed is still there, the file too, and the form can be submitted. */
async function expectNothingLost(page: Page): Promise<void> {
  expect(new URL(page.url()).pathname).toBe(form);
  expect(await page.getByLabel('metrics').inputValue()).toBe(metrics);
  expect(await page.getByLabel('A file').inputValue()).toMatch(/orders|large/);
  expect(await page.getByRole('button', { name: 'Submit' }).first().isEnabled()).toBe(true);
  expect(await page.getByRole('progressbar').isHidden()).toBe(true);
  expect((await inspectAccessibility(page)).serious).toEqual([]);
}

describeInBrowser('a file in the form for a job', () => {
  const tabs = useTabs();

  test('is uploaded when the form is submitted, and is what the job reads', async () => {
    const page = await tabs.open(form);
    await page.getByLabel('A file').setInputFiles(csv);
    await fillIn(page);
    const sent = page.waitForRequest((request) => request.method() === 'PUT');
    await submit(page);
    expect((await sent).headers()).not.toHaveProperty('authorization');
    await succeeded(page);
    expect(await page.locator('table').textContent()).toContain(String(sumOfEven));
  });

  test('has a large result, which is downloaded', async () => {
    const page = await tabs.open(form);
    const cities = Array.from({ length: 2_000 }, (_, at) => `the city with the number ${at},${at}`);
    const buffer = Buffer.from(`city,orders\n${cities.join('\n')}\n`);
    await page.getByLabel('A file').setInputFiles({ ...csv, buffer });
    await fillIn(page);
    await submit(page);
    await succeeded(page);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download the file' }).click();
    const saved = await downloading;
    const result = csvSums.result.parse(JSON.parse(await readFile(await saved.path(), 'utf8')));
    expect(saved.suggestedFilename()).toMatch(/\.json$/);
    expect(result.groups).toHaveLength(2_000);
    expect(result.groups).toContainEqual({ key: 'the city with the number 7', values: [7] });
  });

  test('may be a text instead, and an empty field is not sent', async () => {
    const page = await tabs.open(form);
    await page.getByLabel('csv').fill('city,orders\nKöln,3\n');
    await fillIn(page);
    await submit(page);
    await succeeded(page);
    expect(await page.locator('table').textContent()).toContain('Köln');
  });

  test('keeps its name when the form comes back, and is not sent again', async () => {
    const page = await tabs.open(form);
    await page.getByLabel('A file').setInputFiles(csv);
    await page.getByLabel('groupBy').fill('city');
    await page.getByLabel('metrics').fill('[]');
    await submit(page);
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('The name of an uploaded object').inputValue()).toMatch(/^uploads\//);
    await page.getByLabel('metrics').fill(metrics);
    await submit(page);
    await succeeded(page);
  });

  test('shows how far it is, and can be canceled', async () => {
    const page = await tabs.open(form);
    const held = Promise.withResolvers<void>();
    await page.route(toBucket, async () => held.resolve());
    await page.getByLabel('A file').setInputFiles(csv);
    await fillIn(page);
    await submit(page);
    await held.promise;
    await page.getByRole('progressbar', { name: 'Upload' }).waitFor();
    await words(page, /^orders\.csv: \d+ % uploaded$/);
    expect(await page.getByRole('button', { name: 'Submit' }).first().isDisabled()).toBe(true);
    expect((await inspectAccessibility(page)).serious).toEqual([]);
    await page.getByRole('button', { name: 'Cancel the upload' }).click();
    await words(page, 'The upload was canceled. Nothing was submitted.');
    await expectNothingLost(page);
  });

  describe('that cannot be uploaded', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'uploads-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    test('because it is too large is refused before it is sent', async () => {
      const path = join(folder, 'large.csv');
      const file = await open(path, 'w');
      await file.truncate(5 * 1024 ** 3 + 1);
      await file.close();
      const page = await tabs.open(form, { refused: /\/ui\/uploads$/ });
      await page.getByLabel('A file').setInputFiles(path);
      await fillIn(page);
      await submit(page);
      await words(page, 'The file is too large: at most 5 GB.');
      await expectNothingLost(page);
    });

    test('because the bucket refuses it, or the connection breaks, is told so, and can be sent anew', async () => {
      const page = await tabs.open(form, { refused: toBucket });
      let refusals = 0;
      await page.route(toBucket, async (route) => {
        refusals += 1;
        const url = route.request().url();
        if (refusals === 1) await route.continue({ url: url.replace('Signature=', 'Signature=0') });
        else if (refusals === 2) await route.abort('connectionreset');
        else await route.continue();
      });
      await page.getByLabel('A file').setInputFiles(csv);
      await fillIn(page);
      await submit(page);
      await words(page, 'The bucket refused the file (403). Submit again to send it anew.');
      await expectNothingLost(page);
      await submit(page);
      await words(page, 'The connection broke, or the file could not be read. Submit again to send it anew.');
      await expectNothingLost(page);
      await submit(page);
      await succeeded(page);
    });

    test('because nobody is signed in any more is told so', async () => {
      const page = await tabs.open(form, { refused: /\/ui\/uploads$/ });
      await page.route('**/ui/uploads', (route) => route.fulfill({ status: 401, json: {} }));
      await page.getByLabel('A file').setInputFiles(csv);
      await fillIn(page);
      await submit(page);
      await words(page, 'You are not signed in any more. Sign in in another tab, then submit again.');
      await expectNothingLost(page);
    });
  });

  test('is named by its object where there is no script', async () => {
    const order = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({ bytes: csv.buffer.byteLength, contentType: 'text/csv' });
    const created = await fetch(`${systems().open}/uploads`, { ...order, body });
    const { object, upload } = uploadResponse.parse(await created.json());
    const { 'content-length': _, ...headers } = upload.headers;
    await fetch(upload.url, { method: 'PUT', headers, body: csv.buffer });
    const page = await tabs.open(form, { javaScriptEnabled: false });
    expect(await page.getByLabel('A file').isHidden()).toBe(true);
    await page.getByText('Upload with curl').click();
    expect(await page.locator('fieldset pre').textContent()).toContain('curl -X PUT --data-binary @data.csv');
    await page.getByLabel('The name of an uploaded object').fill(object);
    await fillIn(page);
    await submit(page);
    await succeeded(page);
    expect(await page.locator('table').textContent()).toContain(String(sumOfEven));
  });
});
