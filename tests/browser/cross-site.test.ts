import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import * as z from 'zod/mini';
import { Access, signIn } from './access.ts';
import { Client } from './client.ts';
import { describeInBrowser, systems, useTabs } from './tabs.ts';

const port = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

/** A site of somebody else with a form that sends itself, as `localhost`: to a browser another site than 127.0.0.1. */
async function startEvilSite(): Promise<Server> {
  const server = createServer(({ url = '' }, response) => {
    const target = new URL(url, 'http://localhost').searchParams.get('target') ?? '';
    response.setHeader('content-type', 'text/html');
    response.end(
      `<title>evil</title><link rel="icon" href="data:,"><form method="post" action="${target}"><input name="field.seconds" value="1"><input name="action" value="cancel"><input name="tag" value="victim"></form><button onclick="document.forms[0].submit()">win</button>`,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve);
  });
  return server;
}

describeInBrowser('a form on another site', () => {
  const tabs = useTabs();
  let evil: Server;
  let access: Access;
  beforeAll(async () => {
    evil = await startEvilSite();
    access = new Access();
  });
  afterAll(() => {
    evil?.close();
    access?.close();
  });

  const attack = async (page: Page, target: string): Promise<void> => {
    await page.goto(`http://localhost:${port(evil)}/?target=${encodeURIComponent(target)}`);
    const [response] = await Promise.all([
      page.waitForResponse(target),
      page.getByRole('button', { name: 'win' }).click(),
    ]);
    expect(response.status()).toBe(403);
    await page.getByText('The request does not come from a page of this site.').waitFor();
  };

  const paths = (id: string) => [
    `/ui/jobs/${id}/cancel`,
    '/ui/actions',
    '/ui/job-types/counting',
    '/ui/sign-in',
    '/ui/sign-out',
  ];

  test('changes nothing where everybody may do everything', async () => {
    const client = new Client();
    const id = await client.play([{ do: 'sleep', seconds: 3_600 }], { tags: ['victim'] });
    const page = await tabs.open('/ui');
    for (const path of paths(id)) await attack(page, client.address + path);
    expect((await client.get(id)).finishedAt).toBeNull();
  });

  test('changes nothing for who is signed in, and leaves the session as it is', async () => {
    const { text } = await access.newKey({ tenant: 'cross-site' });
    const client = new Client(systems().closed, text);
    const id = await client.play([{ do: 'sleep', seconds: 3_600 }], { tags: ['victim'] });
    const before = await newestJob(client, text);
    const page = await tabs.open('/ui', { base: client.address });
    await signIn(page, text);
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    // As if it were a browser that knows no SameSite, and sends the cookie along.
    const cookies = await page.context().cookies();
    const [session = ''] = cookies.map(({ name, value }) => `${name}=${value}`);
    await page.route(`${client.address}/**`, (route, request) =>
      route.continue({ headers: { ...request.headers(), cookie: session } }),
    );
    for (const path of paths(id)) await attack(page, client.address + path);
    // Nobody else submits jobs of this tenant.
    expect(await newestJob(client, text)).toEqual(before);
    expect((await client.get(id)).finishedAt).toBeNull();
    await page.goto(`/ui/jobs/${id}`);
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
  });

  test('does not get a page into a frame', async () => {
    const { headers } = await fetch(`${systems().open}/ui`);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

async function newestJob({ address }: Client, key: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${address}/jobs?limit=1`, { headers });
  const { items } = z.object({ items: z.array(z.object({ id: z.string() })) }).parse(await response.json());
  return items.map(({ id }) => id);
}
