import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Client } from './client.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

/** What somebody may put into a job to run a script, to leave an attribute, or to turn what is around it. */
const strange = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' autofocus onfocus='alert(1)",
  '</title></textarea></noscript><b>bold</b>',
  '&lt;i&gt; &amp; &#60;',
  '\u202Egnp.exe\u202C',
  'שלום עולם',
  '🔥👩‍👩‍👧 e\u0301',
  'javascript:alert(1)',
];

/** Each text is there as it was written, and none of it has become an element. */
async function expectTexts(page: Page, texts: readonly string[]): Promise<void> {
  for (const text of texts) await page.getByText(text, { exact: true }).first().waitFor();
  expect(await page.locator('main :is(script, img, b, i, [onerror], [autofocus])').count()).toBe(0);
  expect(await page.locator('script:not([src^="/ui/assets/"])').count()).toBe(0);
}

describeInBrowser('texts that look like something else are shown as they are', () => {
  const tabs = useTabs();

  test('in tags, progress and result, on the page and in the list', async () => {
    const client = new Client();
    const value = { [strange[0] ?? '']: strange, rows: strange.map((text) => ({ [text]: text })) };
    const progress = strange.slice(0, 3).join(' ');
    // The page shows the text of a progress while the job runs, so this job runs until the text was seen.
    const running = await client.play([
      { do: 'progress', percent: 10, message: progress },
      { do: 'pause', seconds: 600 },
    ]);
    const id = await client.play([{ do: 'return', value }], { tags: strange });
    const page = await tabs.open(`/ui/jobs/${running}`);
    await expectTexts(page, [progress]);
    await client.cancel(running);
    await page.goto(`/ui/jobs/${id}`);
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    await expectTexts(page, strange);
    for (const tag of strange) {
      await page.goto(`/ui?${new URLSearchParams({ tag })}`);
      expect(await page.getByLabel('Tag').inputValue()).toBe(tag);
      expect(await page.locator('.list tbody tr').count()).toBeGreaterThan(0);
    }
    const [row] = await page.locator('.list tbody tr').all();
    const shown = await row?.locator('.tag').allTextContents();
    expect(shown).toHaveLength(4);
    for (const text of shown ?? [])
      expect(strange.some((one) => one.startsWith(text.replace(/…$/, '')))).toBe(true);
    await expectTexts(page, []);
  });

  test('in an error', async () => {
    const client = new Client();
    const message = strange.join(' ');
    const id = await client.play([{ do: 'fail', message, untilAttempt: 0 }]);
    await client.finished(id);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await expectTexts(page, [message]);
    await page.goto('/ui?status=failed&type=play');
    await expectTexts(page, []);
  });

  test('in a payload that is not valid, and in an address that leads nowhere', async () => {
    const page = await tabs.open('/ui/job-types/csv-sums');
    for (const text of strange) {
      await page.getByLabel('csv').fill(text);
      await page.getByLabel('metrics').fill(text);
      await page.getByRole('button', { name: 'Submit' }).first().click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByLabel('csv').inputValue()).toBe(text);
      expect(await page.getByLabel('metrics').inputValue()).toBe(text);
      await expectTexts(page, []);
    }
    await page.goto(`/ui?${new URLSearchParams({ type: strange.join(' '), status: strange.join(' ') })}`);
    await page.getByText('must be one of').waitFor();
    await expectTexts(page, []);
  });
});
