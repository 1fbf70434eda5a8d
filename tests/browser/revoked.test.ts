import { afterAll, beforeAll, test } from '@jest/globals';
import { Access, signIn } from './access.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

describeInBrowser('a session', () => {
  const tabs = useTabs();
  let access: Access;
  beforeAll(() => {
    access = new Access();
  });
  afterAll(() => access?.close());

  // Functions remember a key for up to 50 seconds.
  test('ends within a minute after its key was revoked: the open page asks to sign in', async () => {
    const { text, entry } = await access.newKey({ tenant: 'revoked' });
    const page = await tabs.open('/ui', { base: systems().closed });
    await signIn(page, text);
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    await access.put({ ...entry, revokedAt: Date.now() });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor({ timeout: 75_000 });
  });
});
