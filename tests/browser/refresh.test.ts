import { expect, test } from '@jest/globals';
import type { Page, Request } from 'playwright-core';
import { Client } from './client.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

/** Makes a tab go to the back, or come to the front, as far as its script can see. */
const setHidden = (page: Page, hidden: boolean): Promise<unknown> =>
  page.evaluate(
    `Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
     document.dispatchEvent(new Event('visibilitychange'));`,
  );

/**
 * Opens a page whose clock goes on only when a test says so: while the clock of the machine went on beside it, a busy machine looked
 * more often.
 */
async function openStill(page: Page, path: string): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 3_600_000);
  await page.goto(path);
}

/** The statuses of what the tab asks for while its clock goes on by so many seconds. */
async function looksIn(page: Page, seconds: number): Promise<readonly number[]> {
  const answers: Promise<number>[] = [];
  const note = (request: Request) => {
    answers.push(request.response().then((response) => response?.status() ?? 0));
  };
  page.on('request', note);
  // In steps of a second: every answer comes before the script sets its next timer.
  for (let second = 0; second < seconds; second += 1) {
    await page.clock.runFor(1_000);
    await Promise.all(answers);
    await page.evaluate('0');
  }
  page.off('request', note);
  return Promise.all(answers);
}

describeInBrowser('a page that stays open', () => {
  const tabs = useTabs();

  test('asks less often while its tab is hidden, and at once when it comes to the front', async () => {
    const id = await new Client().play([{ do: 'sleep', seconds: 3_600 }]);
    const page = await tabs.open('about:blank');
    await openStill(page, `/ui/jobs/${id}`);
    await page.getByRole('heading', { name: 'It sleeps' }).waitFor();
    const visible = await looksIn(page, 60);
    expect(visible.length).toBeGreaterThanOrEqual(3);
    expect(visible.filter((status) => status !== 304).length).toBeLessThanOrEqual(1);
    await setHidden(page, true);
    expect((await looksIn(page, 60)).length).toBeLessThanOrEqual(1);
    const looked = page.waitForResponse(/\/ui\/jobs\//);
    await setHidden(page, false);
    await looked;
  });

  test('tells that its job was erased, and asks nothing more', async () => {
    const client = new Client();
    const id = await client.play([{ do: 'sleep', seconds: 3_600 }]);
    const page = await tabs.open('about:blank');
    await openStill(page, `/ui/jobs/${id}`);
    await page.getByRole('heading', { name: 'It sleeps' }).waitFor();
    await client.cancel(id);
    await client.erase(id);
    await page.clock.runFor(60_000);
    await page.getByRole('heading', { name: 'There is no such job' }).waitFor();
    expect(await looksIn(page, 60)).toEqual([]);
  });

  test('asks nothing once its job has ended, until it comes to the front', async () => {
    const client = new Client();
    const id = await client.play([]);
    await client.finished(id);
    const page = await tabs.open('about:blank');
    await openStill(page, `/ui/jobs/${id}`);
    expect(await looksIn(page, 60)).toEqual([]);
    const looked = page.waitForResponse(/\/ui\/jobs\//);
    await setHidden(page, false);
    await looked;
  });
});
