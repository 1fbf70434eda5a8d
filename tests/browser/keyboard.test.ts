import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../integration/eventually.ts';
import { useHolds } from '../integration/holds.ts';
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
  const hold = useHolds();

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
    const { heldBy, release } = hold();
    const id = await client.submit({
      type: 'contact-sheet',
      payload: { count: 8, type: 'counting', heldBy },
    });
    const children = `jobs/${id}/children/children`;
    await eventually(
      () =>
        client.post(`/${children}/6/cancel`).then(
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
    await release();
    expect((await client.finished(id)).status).toBe('succeeded');
  });

  test('the focus stays where it is while the page changes, and is always visible', async () => {
    const client = new Client();
    const [first, second] = [hold(), hold()];
    const id = await client.play([
      { do: 'progress', percent: 1, message: 'step 1' },
      { do: 'hold', heldBy: first.heldBy },
      { do: 'progress', percent: 2, message: 'step 2' },
      { do: 'hold', heldBy: second.heldBy },
    ]);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await page.getByText('step 1').first().waitFor();
    await tabTo(page, 'Cancel');
    const before = await page.locator('.progress').textContent();
    await first.release();
    await page.locator('.progress', { hasText: 'step 2' }).waitFor();
    expect(await page.locator('.progress').textContent()).not.toBe(before);
    expect(await focusedText(page)).toBe('Cancel');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.locator('h1 + .badge', { hasText: 'Canceled' }).waitFor();
  });
});
