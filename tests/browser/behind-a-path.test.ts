import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { type System, startSystem } from '../integration/system.ts';
import { aKey, aKeyEntry } from '../set-ups/access.ts';
import { makeCertificate } from '../set-ups/certificates.ts';
import { signIn } from './access.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

const mapped = '/v1';

describeInBrowser('behind a path of a domain of its own', () => {
  const tabs = useTabs();
  /** What was asked for outside of the path: other applications of the domain would get it. */
  const strays: string[] = [];
  let domain: Server;
  let base: string;
  let system: System;

  /** Takes the path away, as API Gateway does. Like an older browser, it says nothing of where a request comes from but `Origin`. */
  async function handOn(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '' } = incoming;
    const [, path] = /^\/v1(\/.*)$/.exec(url) ?? [];
    if (path === undefined) {
      strays.push(url);
      response.writeHead(404).end();
      return;
    }
    const { 'sec-fetch-site': _, ...sent } = incoming.headers;
    const names = Object.entries(sent).map(([name, value]) => [name, String(value)] as const);
    const headers = { ...Object.fromEntries(names), host: 'api.example.com', 'x-forwarded-proto': 'https' };
    const answer = await system.call(method, path, { headers, body: await text(incoming) });
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, String(value));
    response.setHeader('set-cookie', answer.cookies).writeHead(answer.status).end(answer.body);
  }

  beforeAll(async () => {
    domain = createServer(makeCertificate('localhost'), (incoming, response) => {
      handOn(incoming, response).catch(() => response.destroy());
    });
    await once(domain.listen(0, 'localhost'), 'listening');
    const address = domain.address();
    base = `https://localhost:${typeof address === 'object' ? address?.port : ''}`;
    system = await startSystem({ auth: 'apiKey', environment: { PUBLIC_URL: `${base}${mapped}` } });
    await system.aws.putAccess(aKeyEntry());
    system.start('standard', 'long');
  });
  afterAll(async () => {
    domain?.closeAllConnections();
    domain?.close();
    await system?.stop();
  });

  test('a person signs in, submits a form, follows the job, and signs out, and never leaves the path', async () => {
    const page = await tabs.open(`${mapped}/ui/job-types/counting`, { base, ignoreHTTPSErrors: true });
    const here = () => page.url().replace(base, '');
    expect(here()).toBe(`${mapped}/ui/sign-in?next=${encodeURIComponent('/ui/job-types/counting')}`);
    await signIn(page, writeApiKey(aKey()));
    await page.getByLabel('seconds').fill('2');
    expect(here()).toBe(`${mapped}/ui/job-types/counting`);
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ name: '__Secure-session', secure: true, httpOnly: true, path: mapped }]);
    await page.getByRole('button', { name: 'Submit' }).first().click();
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    expect(here()).toMatch(/^\/v1\/ui\/jobs\/[\w-]{36}$/);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(strays).toEqual([]);
  });
});
