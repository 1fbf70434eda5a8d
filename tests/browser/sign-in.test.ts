import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { grantFor } from '../../shared/http/access/grant.ts';
import { Access, signIn } from './access.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const dayMs = 24 * 3600 * 1000;

describeInBrowser('signing in', () => {
  const tabs = useTabs();
  let access: Access;
  let key: string;
  beforeAll(async () => {
    access = new Access();
    key = (await access.newKey({ tenant: 'signing in' })).text;
  });
  afterAll(() => access?.close());
  const open = (path: string) => tabs.open(path, { base: systems().closed });
  const pathOf = (page: Page) => page.url().replace(systems().closed, '');

  test('leads to the page that was asked for, and signing out leads out of all', async () => {
    const client = new Client(systems().closed, key);
    const id = await client.play([]);
    const page = await open(`/ui/jobs/${id}`);
    expect(pathOf(page)).toBe(`/ui/sign-in?next=${encodeURIComponent(`/ui/jobs/${id}`)}`);
    await signIn(page, key);
    await page.getByRole('heading', { name: 'play' }).waitFor();
    expect(pathOf(page)).toBe(`/ui/jobs/${id}`);
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'session', httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(cookie?.value).not.toContain(key);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.goto('/ui');
    expect(pathOf(page)).toContain('/ui/sign-in');
  });

  test('is refused with another key, with the reason at the field', async () => {
    const page = await open('/ui/sign-in');
    await signIn(page, 'no key at all');
    await page.getByRole('alert').getByText('This key is not valid.').waitFor();
    expect(await page.getByLabel('API key').getAttribute('aria-describedby')).toBe('refused');
    await signIn(page, key);
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  });

  test('gives the rights of the key and no more', async () => {
    const id = await new Client(systems().closed, key).play([{ do: 'sleep', seconds: 3_600 }]);
    const reader = await access.newKey({ tenant: 'signing in', rights: ['read'] });
    const page = await open(`/ui/jobs/${id}`);
    await signIn(page, reader.text);
    await page.getByRole('heading', { name: 'play' }).waitFor();
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out']);
    await page.goto('/ui?tag=x');
    expect(await page.getByText('New job').count()).toBe(0);
    expect(await page.getByText('Cancel these').count()).toBe(0);
    await page.goto('/ui/job-types/counting');
    await page.getByRole('link', { name: 'Sign in with another key' }).waitFor();
  });

  test('shows no job of another tenant', async () => {
    const id = await new Client(systems().closed, key).play([]);
    const other = await access.newKey({ tenant: 'a newcomer' });
    const page = await open('/ui/sign-in');
    await signIn(page, other.text);
    await page.getByText('There are no jobs yet.').waitFor();
    const response = await page.goto(`/ui/jobs/${id}`);
    expect(response?.status()).toBe(404);
    await page.getByRole('heading', { name: 'There is no such job' }).waitFor();
  });

  test('is not needed with a link, which shows one job and no buttons', async () => {
    const client = new Client(systems().closed, key);
    const first = await client.play([]);
    const id = await client.play([{ do: 'sleep', seconds: 3_600 }], { dependsOn: [first], tags: ['a tag'] });
    const { pageUrl = '' } = await client.get(id);
    const page = await open(pageUrl.replace(systems().closed, ''));
    await page.getByRole('heading', { name: 'play' }).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.locator('main a').count()).toBe(0);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, key);
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
  });

  test('is offered to who has a link that has expired', async () => {
    const id = await new Client(systems().closed, key).play([]);
    const then = Date.now() - 400 * dayMs;
    const job = { id, createdAt: then, updatedAt: then };
    const grant = grantFor(job, { root: await access.root(), retentionDays: 30 });
    const page = await open(`/ui/jobs/${id}?grant=${grant}`);
    await page.getByText('the link to it is not valid any more').waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, key);
    await page.getByRole('heading', { name: 'play' }).waitFor();
    expect(pathOf(page)).toBe(`/ui/jobs/${id}`);
  });
});
