import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { signLink } from '../../shared/domain/access/signal-link.ts';
import { eventually } from '../integration/eventually.ts';
import { Access } from './access.ts';
import { inspectAccessibility } from './accessibility.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const looks = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
] as const;

/** A page scrolls down, never to the side. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describeInBrowser('a link for an answer', () => {
  const tabs = useTabs();
  let access: Access;
  let client: Client;
  beforeAll(async () => {
    access = new Access();
    client = new Client(systems().closed, (await access.newKey({ tenant: 'has links' })).text);
  });
  afterAll(() => access?.close());

  /** @returns the id of a job that waits for an answer, and the link that it has made */
  async function asking(asks?: Readonly<Record<string, string>>) {
    const payload = { seats: 0, waitSeconds: 0, approveWithin: 3_600, ...(asks ? { asks } : {}) };
    const id = await client.submit({ type: 'booking', payload });
    const link = await eventually(async () => {
      const { status, progress } = await client.get(id);
      return status === 'waiting' ? (progress?.message ?? undefined) : undefined;
    }, `job ${id} to make a link`);
    return { id, link };
  }

  test('leads to a form on the address of the stage, which everybody can read, wide and narrow', async () => {
    const { id, link } = await asking();
    expect(link.startsWith(`${systems().closed}/ui/jobs/${id}/signals/approve?link=`)).toBe(true);
    const page = await tabs.open(link);
    await page.getByRole('heading', { name: 'approve: booking' }).waitFor();
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const { serious, rules } = await inspectAccessibility(page);
      expect([serious, rules > 10, await overflow(page)]).toEqual([[], true, 0]);
    }
  });

  test('is answered with the keyboard alone, without a cookie, and once', async () => {
    const { id, link } = await asking();
    const page = await tabs.open(link);
    await page.getByLabel('note').focus();
    await page.keyboard.type('fine');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Answered: Yes' }).waitFor();
    await page.getByText('fine').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    const { result, history } = await client.finished(id);
    expect(result).toMatchObject({ charge: 'fine' });
    expect(history).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'signaled', by: 'link' })]),
    );
    await page.goto(link);
    await page.getByRole('heading', { name: 'Answered' }).waitFor();
    expect((await inspectAccessibility(page)).serious).toEqual([]);
  });

  const spend = {
    signal: 'spend',
    question: 'May Ada spend 1,200 EUR for a <b>chair</b>?',
    about: 'Expense 17 of <Ada>',
  };

  test('works without a script, and explains at the field what is wrong', async () => {
    const { id, link } = await asking(spend);
    const page = await tabs.open(link, { javaScriptEnabled: false });
    await page.getByLabel('Up to how many euros?').fill('many');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('alert').waitFor();
    const limit = page.getByLabel('Up to how many euros?');
    expect([await limit.getAttribute('aria-invalid'), await limit.inputValue()]).toEqual(['true', 'many']);
    await limit.fill('1300');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('heading', { name: 'Answered: Approve' }).waitFor();
    expect((await client.finished(id)).status).toBe('succeeded');
  });

  test.each([true, false])(
    'speaks the words of the contract and of the job, with a script or without: %p',
    async (javaScriptEnabled) => {
      const { id, link } = await asking(spend);
      const page = await tabs.open(link, { javaScriptEnabled });
      const says = async (...texts: readonly string[]) => {
        for (const text of [spend.question, spend.about, ...texts]) await page.getByText(text).waitFor();
      };
      await page.getByRole('heading', { name: 'Approve an expense' }).waitFor();
      await says('You decide for your team.');
      const buttons = page.getByRole('group', { name: spend.question }).getByRole('button');
      expect(await buttons.allTextContents()).toEqual(['Approve', 'Refuse']);
      if (javaScriptEnabled)
        for (const { colorScheme, width } of looks) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 800 });
          const { serious } = await inspectAccessibility(page);
          expect([serious, await overflow(page)]).toEqual([[], 0]);
        }
      await page.getByLabel('Up to how many euros?').fill('1300');
      // The Enter key in a field answers nothing.
      await page.keyboard.press('Enter');
      await page.getByLabel('Your PIN').fill('4711');
      await page.getByRole('button', { name: 'Refuse' }).click();
      await page.getByRole('heading', { name: 'Answered: Refuse' }).waitFor();
      await says('Approve an expense', '1300', '[secret]');
      const { history, pageUrl = '' } = await client.finished(id);
      const words = 'Refuse; Up to how many euros?: 1300; Your PIN: [secret]';
      expect(history).toContainEqual(
        expect.objectContaining({
          event: 'signaled',
          signal: 'spend',
          question: spend.question,
          answer: words,
        }),
      );
      // Who looks at the job reads the same.
      await page.goto(pageUrl);
      for (const text of ['Approve an expense', spend.question, words]) await page.getByText(text).waitFor();
      if (javaScriptEnabled) expect((await inspectAccessibility(page)).serious).toEqual([]);
    },
  );

  test('lets people choose by buttons, and says in the same words that it comes too late', async () => {
    const seat = { signal: 'seat', question: 'Where does Ada sit?' };
    const { id, link } = await asking(seat);
    expect((await client.get(id)).waitsFor).toMatchObject([{ question: seat.question }]);
    const page = await tabs.open(link);
    const buttons = page.getByRole('group', { name: 'Which seat?' }).getByRole('button');
    expect(await buttons.allTextContents()).toEqual(['At the window', 'On the aisle']);
    await client.cancel(id);
    await buttons.first().click();
    await page.getByRole('heading', { name: 'Your answer was not taken' }).waitFor();
    await page.getByText('Too late').waitFor();
    await page.getByText(seat.question).waitFor();
  });

  test('says that it comes too late once the job has ended', async () => {
    const { id, link } = await asking();
    await client.cancel(id);
    const page = await tabs.open(link);
    await page.getByRole('heading', { name: 'Too late' }).waitFor();
    expect((await inspectAccessibility(page)).serious).toEqual([]);
  });

  test('says that it has expired', async () => {
    const { id, link } = await asking();
    const terms = { createdAt: Date.parse((await client.get(id)).createdAt), expiresAt: Date.now() - 2_000 };
    const expired = signLink({ id, name: 'approve', key: 'approve' }, terms, await access.links());
    const page = await tabs.open(link.replace(/link=.*/, `link=${expired}`));
    await page.getByRole('heading', { name: 'This link is not valid any more' }).waitFor();
  });
});
