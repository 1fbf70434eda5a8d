import { expect, test } from '@jest/globals';
import { useHolds } from '../integration/holds.ts';
import { Client } from './client.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

const withoutScript = { javaScriptEnabled: false };

describeInBrowser('without JavaScript', () => {
  const tabs = useTabs();
  const hold = useHolds();

  test('the page of a job reloads by itself until the job has ended', async () => {
    const { heldBy, release } = hold();
    const id = await new Client().play([{ do: 'hold', heldBy }]);
    const page = await tabs.open(`/ui/jobs/${id}`, withoutScript);
    expect(await page.locator('noscript').innerHTML()).toMatch(/http-equiv="refresh" content="\d+"/);
    await release();
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    expect(await page.locator('noscript').count()).toBe(0);
  });

  test('errors are in groups, whose jobs are shown, and retried together', async () => {
    const client = new Client();
    const steps = [{ do: 'fail', message: 'the printer "lp0" is on fire', untilAttempt: 0 }];
    const ids = await Promise.all([1, 2].map(() => client.play(steps)));
    await Promise.all(ids.map((id) => client.finished(id)));
    const page = await tabs.open('/ui', withoutScript);
    await page.getByRole('link', { name: 'Errors in groups' }).click();
    await page.getByLabel('Type').fill('play');
    await page.getByRole('button', { name: 'Filter' }).click();
    const group = page.locator('section', { hasText: 'the printer "lp0" is on fire' });
    await group.getByRole('link', { name: '2 jobs with PermanentError' }).click();
    await page.locator('.list tbody tr').nth(1).waitFor();
    expect(await page.locator('.list tbody tr').count()).toBe(2);
    await page.goBack();
    await group.getByRole('button', { name: 'Retry these jobs… of PermanentError' }).click();
    await page.getByRole('button', { name: 'Retry 2 jobs' }).click();
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    const [first = ''] = ids;
    expect((await client.get(first)).history.map(({ event }) => event)).toContain('resubmitted');
  });

  test('the children of a job are found from its page, those that failed first', async () => {
    const client = new Client();
    const id = await client.submit({ type: 'contact-sheet', payload: { count: 30, failing: [7] } });
    await client.finished(id);
    const page = await tabs.open(`/ui/jobs/${id}`, withoutScript);
    await page.getByText('29 succeeded, 1 unsuccessful, 0 open').waitFor();
    await page.getByRole('link', { name: 'children', exact: true }).click();
    await page.getByRole('heading', { name: 'Children: children' }).waitFor();
    const first = page.locator('.jobs li').first();
    expect(await first.textContent()).toMatch(/Failed Child 7 ColumnError: there is no column "none"/);
    await page.getByRole('link', { name: '29 succeeded' }).click();
    await page.waitForURL(/status=succeeded/);
    expect(await page.locator('.jobs li').count()).toBe(29);
    await page.getByRole('link', { name: 'All 30' }).click();
    await page.getByRole('link', { name: 'Child 7' }).click();
    await page.getByText(`7 of ${id}`).waitFor();
    await page.getByRole('link', { name: id }).click();
    await page.getByText('29 succeeded, 1 unsuccessful').waitFor();
  });

  test('every form does what it is for: submit, cancel, retry, filter, act on many', async () => {
    const page = await tabs.open('/ui/job-types/counting', withoutScript);
    await page.getByLabel('seconds').fill('x');
    await page.getByRole('button', { name: 'Submit' }).first().click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('seconds').fill('300');
    await page.getByRole('button', { name: 'Submit' }).first().click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('h1 + .badge', { hasText: 'Canceled' }).waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('h1 + .badge', { hasText: 'Canceled' }).waitFor();

    const tag = `no script ${Date.now()}`;
    const client = new Client();
    await client.play([{ do: 'sleep', seconds: 3_600 }], { tags: [tag] });
    await page.goto('/ui');
    await page.getByLabel('Tag').fill(tag);
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('link', { name: 'Cancel these…' }).click();
    await page.getByRole('button', { name: 'Cancel 1 job' }).click();
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    await page.goto(`/ui?tag=${encodeURIComponent(tag)}`);
    expect(await page.locator('.list .badge').textContent()).toContain('Canceled');
  });
});
