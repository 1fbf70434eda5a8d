import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useHolds } from '../integration/holds.ts';
import { Access, signIn } from './access.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const badge = (page: Page, word: string) => page.locator('h1 + .badge', { hasText: word }).waitFor();
const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();
/** A reload would forget this. */
const mark = (page: Page) => page.evaluate('window.isThisVeryPage = true');
const isMarked = (page: Page) => page.evaluate('window.isThisVeryPage');

describeInBrowser('the page of a job', () => {
  const tabs = useTabs();
  const hold = useHolds();
  let access: Access;
  beforeAll(() => {
    access = new Access();
  });
  afterAll(() => access?.close());

  test('shows it from queued to succeeded, in title, favicon and for screen readers, without a reload', async () => {
    const client = new Client();
    const group = `group ${Date.now()}`;
    const { heldBy, release } = hold();
    // While this one runs, the next one of its group is in the queue.
    const first = await client.play([{ do: 'pause', seconds: 300 }], { group });
    const id = await client.play(
      [
        { do: 'progress', percent: 40, message: 'some of it is done' },
        { do: 'hold', heldBy },
        { do: 'return', value: { answer: 42 } },
      ],
      { group },
    );
    const page = await tabs.open(`/ui/jobs/${id}`);
    await mark(page);
    await badge(page, 'Queued');
    expect(await page.title()).toBe('○ play · queued');
    await client.cancel(first);
    const icon = await page.locator('link[rel=icon]').getAttribute('href');
    await badge(page, 'Running');
    await page.getByText('some of it is done').waitFor();
    await release();
    await badge(page, 'Succeeded');
    await page.getByText('42', { exact: true }).waitFor();
    expect(await page.title()).toBe('✓ play · succeeded');
    expect(await page.locator('link[rel=icon]').getAttribute('href')).not.toBe(icon);
    expect(await page.locator('[aria-live=polite]').textContent()).toBe('play · succeeded');
    expect(await isMarked(page)).toBe(true);
  });

  test('says why it failed, attempt by attempt, and retries it by a button', async () => {
    const client = new Client();
    const id = await client.play([{ do: 'fail', message: 'the printer is on fire', untilAttempt: 0 }]);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await mark(page);
    await heading(page, 'It failed');
    expect(await page.locator('section.error').textContent()).toContain('the printer is on fire');
    expect(await page.locator('.stretches').textContent()).toContain('Attempt 1 failed');
    expect(await isMarked(page)).toBe(true);
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.locator('.stretches', { hasText: 'Over, until it was retried' }).waitFor();
    await heading(page, 'It failed');
  });

  test('shows an attempt that failed, while the next one is awaited', async () => {
    const client = new Client();
    const id = await client.play([{ do: 'fail', message: 'not yet', untilAttempt: 2 }]);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await badge(page, 'Succeeded');
    expect(await page.locator('.stretches').allTextContents()).toEqual([
      expect.stringMatching(/Attempt 1 failed.*not yet.*Waiting for the next attempt.*Attempt 2 succeeded/s),
    ]);
  });

  test('shows the lines of its handler while it runs, by level, all of them by attempt, and what it has cost so far', async () => {
    // The long worker of this system has its whole time: no slice ends while the lines of its attempt are looked at.
    const { text } = await access.newKey({ tenant: 'lines' });
    const client = new Client(systems().closed, text);
    const [first, second] = [hold(), hold()];
    const id = await client.play([
      { do: 'log', level: 'info', message: 'the rows are read' },
      { do: 'fail', message: 'not yet', untilAttempt: 2 },
      { do: 'log', level: 'warn', message: 'a row is odd' },
      { do: 'hold', heldBy: first.heldBy },
      { do: 'log', level: 'info', message: 'it is nearly done' },
      { do: 'hold', heldBy: second.heldBy },
    ]);
    const page = await tabs.open(`/ui/jobs/${id}`, { base: systems().closed });
    await signIn(page, text);
    await badge(page, 'Running');
    await mark(page);
    const line = (text: string) => page.locator('.log li', { hasText: text });
    await line('a row is odd').waitFor();
    expect(await line('it is nearly done').count()).toBe(0);
    await first.release();
    await line('it is nearly done').waitFor();
    await badge(page, 'Running');
    await heading(page, 'Attempt 2, the newest first');
    expect(await page.locator('.facts').textContent()).toMatch(
      /about \$0\.\d{4} so far|less than \$0\.0001 so far/,
    );
    expect(await isMarked(page)).toBe(true);
    await page.getByRole('link', { name: 'WARN and above' }).click();
    await page.waitForURL(/level=warn/);
    await line('a row is odd').waitFor();
    expect(await line('it is nearly done').count()).toBe(0);
    await page.getByRole('link', { name: 'All lines' }).click();
    await page.getByRole('link', { name: 'Attempt 1' }).click();
    await page.waitForURL(/attempt=1/);
    await line('the rows are read').waitFor();
    expect(await line('a row is odd').count()).toBe(0);
    await page.getByRole('link', { name: 'WARN and above' }).click();
    await page.waitForURL(/level=warn/);
    expect(await line('the rows are read').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Attempt 1' }).getAttribute('aria-current')).toBe('true');
    await client.cancel(id);
  });

  test('leads to a form that has what it was given', async () => {
    const client = new Client();
    const id = await client.play([{ do: 'fail', message: 'as it was given', untilAttempt: 0 }]);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await heading(page, 'It failed');
    await page.getByRole('link', { name: 'New job with this payload' }).click();
    const json = page.getByLabel('Payload');
    expect(JSON.parse(await json.inputValue())).toEqual({
      steps: [{ do: 'fail', message: 'as it was given', untilAttempt: 0 }],
    });
    await json.fill('{"steps": [{"do": "return", "value": "another one"}]}');
    await page.getByRole('button', { name: 'Submit' }).last().click();
    await badge(page, 'Succeeded');
    await page.getByText('another one', { exact: true }).waitFor();
    expect(page.url()).not.toContain(id);
  });

  test('cancels it by a button', async () => {
    const client = new Client();
    const id = await client.play([{ do: 'pause', seconds: 120 }]);
    const page = await tabs.open(`/ui/jobs/${id}`);
    await badge(page, 'Running');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await badge(page, 'Canceled');
    await page.getByRole('button', { name: 'Retry' }).waitFor();
    expect((await client.get(id)).status).toBe('canceled');
  });

  test('shows that it sleeps, and until when, and goes on when it does', async () => {
    const client = new Client();
    const asleep = await client.play([{ do: 'sleep', seconds: 3_600 }]);
    const page = await tabs.open(`/ui/jobs/${asleep}`);
    await heading(page, 'It sleeps');
    await page.getByText('It goes on by itself: in').waitFor();
    await client.cancel(asleep);
    // The page is open before the job sleeps, so that it has seen the job before.
    const { heldBy, release } = hold();
    const id = await client.play([
      { do: 'hold', heldBy },
      { do: 'sleep', seconds: 3 },
    ]);
    await page.goto(`/ui/jobs/${id}`);
    await badge(page, 'Running');
    await mark(page);
    await release();
    await badge(page, 'Succeeded');
    expect(await isMarked(page)).toBe(true);
  });

  test('shows that it goes on in slices', async () => {
    const client = new Client();
    const id = await client.submit({ type: 'counting', payload: { seconds: 11 } });
    const page = await tabs.open(`/ui/jobs/${id}`);
    await page.getByText('Slices', { exact: true }).waitFor();
    expect(await page.locator('.stretches').textContent()).toContain('Attempt 1 ran in slices');
    await badge(page, 'Succeeded');
  });

  test('shows what it waits for, and goes on when that has succeeded', async () => {
    const client = new Client();
    const group = `another group ${Date.now()}`;
    const ahead = await client.play([{ do: 'pause', seconds: 300 }], { group });
    const first = await client.play([], { group });
    const id = await client.play([], { dependsOn: [first] });
    const page = await tabs.open(`/ui/jobs/${id}`);
    await badge(page, 'Waiting');
    await page.getByText('For another job, which must succeed first:').waitFor();
    await page.locator('section.note').getByRole('link', { name: first }).waitFor();
    await client.cancel(ahead);
    await badge(page, 'Succeeded');
    await page.getByRole('link', { name: first }).click();
    await page.getByText('Waited for by').waitFor();
    await page.getByRole('link', { name: id }).waitFor();
  });

  test('shows a dependency that failed as failed', async () => {
    const client = new Client();
    const first = await client.play([{ do: 'fail', message: 'no', untilAttempt: 0 }]);
    await client.finished(first);
    const id = await client.play([], { dependsOn: [first] });
    const page = await tabs.open(`/ui/jobs/${id}`);
    await heading(page, 'It failed');
    expect(await page.locator('.facts .jobs').textContent()).toContain('Failed');
  });
});
