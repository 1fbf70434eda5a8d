import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../integration/eventually.ts';
import { inspectAccessibility } from './accessibility.ts';
import { Client } from './client.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

const maxTabs = 60;

const focusedText = (page: Page): Promise<string> =>
  page.evaluate("document.activeElement.textContent.trim() || document.activeElement.name || ''");

/** Presses Tab until what has the focus has this text, or this name. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let count = 0; count < maxTabs; count += 1) {
    await page.keyboard.press('Tab');
    if ((await focusedText(page)).startsWith(text)) return;
  }
  throw new Error(`the keyboard does not come to ${text}`);
}

describeInBrowser('with the keyboard alone', () => {
  const tabs = useTabs();

  test('a person skips to the content, submits a job, cancels it, and finds it in the list', async () => {
    const page = await tabs.open('/ui');
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await tabTo(page, 'New job');
    await page.keyboard.press('Enter');
    await tabTo(page, 'counting');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New job: counting' }).waitFor();
    await tabTo(page, 'field.seconds');
    await page.keyboard.type('300');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await tabTo(page, 'Cancel');
    await page.keyboard.press('Enter');
    await page.locator('h1 + .badge', { hasText: 'Canceled' }).waitFor();
    const id = page.url().split('/').at(-1) ?? '';
    await page.goto('/ui');
    await tabTo(page, 'any');
    await page.keyboard.type('Canceled');
    await tabTo(page, 'Filter');
    await page.keyboard.press('Enter');
    await page.waitForURL(/status=canceled/);
    expect(await page.locator('.list').textContent()).toContain(id.slice(0, 8));
  });

  test('a person retries the children that failed, while their parent waits for the others', async () => {
    const client = new Client();
    // So many run for longer than a busy machine needs to look at the page and to come to its button.
    const count = 100;
    const id = await client.submit({ type: 'contact-sheet', payload: { count, type: 'counting' } });
    const children = `jobs/${id}/children/children`;
    await eventually(
      () =>
        client.post(`/${children}/${count - 1}/cancel`).then(
          () => true,
          () => undefined,
        ),
      'a child to be canceled',
    );
    const page = await tabs.open(`/ui/${children}`);
    await page.getByRole('button', { name: 'Retry those that failed' }).waitFor();
    expect((await inspectAccessibility(page)).serious).toEqual([]);
    await tabTo(page, 'Retry those that failed');
    await page.keyboard.press('Enter');
    await page.getByText('are made again when all have ended').waitFor();
    expect(await page.getByRole('button', { name: 'Retry those that failed' }).count()).toBe(0);
    expect((await client.finished(id)).status).toBe('succeeded');
  });

  test('the focus stays where it is while the page changes, and is always visible', async () => {
    const client = new Client();
    const steps = [1, 2, 3, 4].flatMap((step) => [
      { do: 'progress', percent: step, message: `step ${step}` },
      { do: 'pause', seconds: 2 },
    ]);
    const id = await client.play([...steps, { do: 'pause', seconds: 300 }]);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await page.getByText('step').first().waitFor();
    await tabTo(page, 'Cancel');
    const before = await page.locator('.progress').textContent();
    await page.locator('.progress', { hasText: 'step 4' }).waitFor();
    expect(await page.locator('.progress').textContent()).not.toBe(before);
    expect(await focusedText(page)).toBe('Cancel');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('h1 + .badge', { hasText: 'Canceled' }).waitFor();
  });
});
