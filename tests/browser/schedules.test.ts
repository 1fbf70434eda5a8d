import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { yearly } from '../system/start-system.ts';
import { Access, signIn } from './access.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const cardOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const badgeOf = (page: Page, name: string) => cardOf(page, name).locator('.heading .badge');

describeInBrowser('the page of schedules', () => {
  const tabs = useTabs();
  let access: Access;
  beforeAll(() => {
    access = new Access();
  });
  afterAll(() => access?.close());

  /** A tab of somebody of the tenant `the-owner`, who may operate the stage. */
  async function signedIn(options: { readonly javaScriptEnabled: boolean }): Promise<Page> {
    const { text } = await access.newKey({ tenant: 'the-owner' });
    const page = await tabs.open('/ui/schedules', { base: systems().closed, ...options });
    await signIn(page, text);
    await page.getByRole('heading', { name: 'Schedules' }).waitFor();
    return page;
  }

  test.each([true, false])(
    'runs, pauses and resumes, and leads to what was run (with script: %s)',
    async (javaScriptEnabled) => {
      const page = await signedIn({ javaScriptEnabled });
      expect(await cardOf(page, yearly.own).textContent()).toContain('03:30 GMT+1');

      await page.getByRole('button', { name: `Pause ${yearly.own}` }).click();
      await badgeOf(page, yearly.own).waitFor();
      await page.getByRole('button', { name: `Resume ${yearly.own}` }).click();
      await badgeOf(page, yearly.own).waitFor({ state: 'detached' });

      await page.getByRole('button', { name: `Run ${yearly.own} now` }).click();
      await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
      const job = new URL(page.url()).pathname;
      await page.getByRole('link', { name: 'Schedules' }).click();
      await cardOf(page, yearly.own).locator(`a[href="${job}"]`).waitFor();

      await page.getByRole('button', { name: `Run ${yearly.foreign} now` }).click();
      const note = page.getByRole('status');
      expect(await note.textContent()).toContain('Its job belongs to the tenant somebody-else.');
      expect(await cardOf(page, yearly.foreign).locator('.badge').count()).toBeGreaterThan(0);
      expect(await cardOf(page, yearly.foreign).locator('a').count()).toBe(0);
    },
  );

  test('follows what happens by itself, and leaves the keyboard where it is', async () => {
    const page = await signedIn({ javaScriptEnabled: true });
    const button = page.getByRole('button', { name: `Pause ${yearly.own}` });
    await button.focus();
    // Another person looks at it at the same time.
    const other = await signedIn({ javaScriptEnabled: false });
    await other.getByRole('button', { name: `Run ${yearly.own} now` }).focus();
    await other.keyboard.press('Enter');
    await other.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    const job = new URL(other.url()).pathname;
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await cardOf(page, yearly.own).locator(`a[href="${job}"]`).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe(`Pause ${yearly.own}`);
  });

  test('is not for somebody who may not operate the stage, and no link leads there', async () => {
    const { text } = await access.newKey({ tenant: 'the-owner', rights: ['submit', 'read', 'control'] });
    const page = await tabs.open('/ui', { base: systems().closed });
    await signIn(page, text);
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    expect(await page.getByRole('link', { name: 'Schedules' }).count()).toBe(0);
    const response = await page.goto('/ui/schedules');
    expect(response?.status()).toBe(403);
  });
});
