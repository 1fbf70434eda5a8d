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
  test('ends within a minute after its key was revoked, or has got a time that is over: the open page asks to sign in', async () => {
    const ends = [() => ({ revokedAt: Date.now() }), () => ({ expiresAt: Date.now() })];
    // The page was seen before its key ends: a time that is set before would be over on a busy machine.
    const open = ends.map(async (end) => {
      const { text, entry } = await access.newKey({ tenant: 'revoked' });
      const page = await tabs.open('/ui', { base: systems().closed });
      await signIn(page, text);
      await page.getByRole('heading', { name: 'Jobs' }).waitFor();
      await access.put({ ...entry, ...end() });
      await page.getByRole('heading', { name: 'Sign in' }).waitFor({ timeout: 75_000 });
    });
    await Promise.all(open);
  });
});
