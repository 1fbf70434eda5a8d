import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Client } from './client.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

const badge = (page: Page, word: string) => page.locator('h1 + .badge', { hasText: word }).waitFor();

describeInBrowser('the list of jobs', () => {
  const tabs = useTabs();

  test('is filtered, paged, and retried as a whole after a question that says how many', async () => {
    const client = new Client();
    const tag = `broken ${Date.now()}`;
    const steps = [{ do: 'fail', message: 'the disk is full', untilAttempt: 0 }];
    const ids = await Promise.all(Array.from({ length: 27 }, () => client.play(steps, { tags: [tag] })));
    const good = await client.play([], { tags: [tag] });
    await Promise.all([...ids, good].map((id) => client.finished(id)));
    const page = await tabs.open('/ui');
    await page.getByLabel('Tag').fill(tag);
    await page.getByLabel('Status').selectOption('Failed');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('link', { name: 'Clear' }).waitFor();
    expect(await page.getByLabel('Tag').inputValue()).toBe(tag);
    const rows = page.locator('.list tbody tr');
    expect(await rows.count()).toBe(25);
    expect(await rows.first().textContent()).toContain('the disk is full');
    expect(await page.getByRole('link', { name: 'Cancel these…' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Older jobs' }).click();
    await page.waitForURL(/cursor=/);
    expect(await rows.count()).toBe(2);
    expect(await page.getByRole('link', { name: 'Older jobs' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Retry these…' }).click();
    await page.getByRole('heading', { name: 'Retry 27 jobs?' }).waitFor();
    expect(await page.locator('.facts').textContent()).toContain(tag);
    await page.getByRole('button', { name: 'Retry 27 jobs' }).click();
    await page.getByRole('heading', { name: 'bulk-action' }).waitFor();
    await badge(page, 'Succeeded');
    expect(await page.locator('.values').textContent()).toMatch(/done\s*27/);
    const [first = ''] = ids;
    expect((await client.get(first)).history.map(({ event }) => event)).toContain('resubmitted');
    expect((await client.get(good)).history.map(({ event }) => event)).not.toContain('resubmitted');
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('heading', { name: 'Bulk actions' }).waitFor();
  });

  test('has errors in groups, and retries the jobs of one', async () => {
    const client = new Client();
    const message = `no paper in tray ${Date.now()} of the printer`;
    const ids = await Promise.all(
      [1, 2, 3].map(() => client.play([{ do: 'fail', message, untilAttempt: 0 }])),
    );
    await Promise.all(ids.map((id) => client.finished(id)));
    const page = await tabs.open('/ui/errors?type=play');
    const group = page.locator('section', { hasText: 'no paper in tray' });
    await group.getByText('3 jobs').waitFor();
    await group.getByRole('button', { name: 'Retry these jobs… of PermanentError' }).click();
    await page.getByRole('heading', { name: 'Retry 3 jobs?' }).waitFor();
    await page.getByRole('button', { name: 'Retry 3 jobs' }).click();
    await page.getByRole('heading', { name: 'bulk-action' }).waitFor();
    await badge(page, 'Succeeded');
    expect(await page.locator('.values').textContent()).toMatch(/done\s*3/);
    for (const id of ids)
      expect((await client.get(id)).history.map(({ event }) => event)).toContain('resubmitted');
  });

  test('shows a job that was submitted meanwhile, without a reload, and what is typed stays', async () => {
    const client = new Client();
    const tag = `new ${Date.now()}`;
    const page = await tabs.open('/ui');
    await page.getByLabel('Tag').fill('half a wo');
    await client.play([{ do: 'pause', seconds: 1 }], { tags: [tag] });
    await page.getByText(tag).waitFor();
    expect(await page.getByLabel('Tag').inputValue()).toBe('half a wo');
  });

  test('says what an address asks for that cannot be', async () => {
    const page = await tabs.open('/ui?status=asleep');
    await page.getByText('must be one of queued, waiting').waitFor();
    await page.goto('/ui?cursor=nonsense');
    await page.getByText('is not a cursor of this list').waitFor();
    await page.goto('/ui/actions?action=cancel');
    await page.getByText('names nothing: it would be all jobs').waitFor();
  });

  test('offers nothing to do where there is nothing to be done', async () => {
    const page = await tabs.open('/ui?tag=nobody+has+this');
    await page.getByText('No job matches this filter.').waitFor();
    await page.getByRole('link', { name: 'Retry these…' }).click();
    await page.getByRole('heading', { name: 'No job to retry' }).waitFor();
    expect(await page.getByRole('button', { name: 'Retry' }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Back' }).click();
    await page.getByText('No job matches this filter.').waitFor();
  });
});
