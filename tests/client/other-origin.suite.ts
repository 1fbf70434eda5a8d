import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, startChromium } from '../../scripts/chromium.ts';
import type { HttpSystem } from '../integration/http-system.ts';
import { type PageServer, startPageServer } from './page-server.ts';

const describeInBrowser = chromiumPath() === undefined ? describe.skip : describe;

interface Given {
  /** Of the page. */
  readonly site: string;
  readonly url: string;
  readonly key: string;
}

/** @param allowed the site that the stage's parameter `cors` names */
export const otherOriginSuite = (system: () => HttpSystem, allowed: () => PageServer): void =>
  describeInBrowser('the client in Chromium, on a page of another origin', () => {
    let browser: Browser;
    let stranger: PageServer;
    let given: Omit<Given, 'site'>;
    beforeAll(async () => {
      [browser, stranger] = await Promise.all([startChromium(), startPageServer()]);
      given = { url: system().address, key: await system().keyOf('other origin') };
    });
    afterAll(async () => {
      await browser?.close();
      stranger?.stop();
    });

    /** What a test does in the page. It is sent there as a text, so it uses nothing from here. */
    const inPage = async <Returned>(
      { origin }: PageServer,
      run: (given: Given) => Promise<Returned>,
      watch: (page: Page) => void = () => {},
    ): Promise<Returned> => {
      const page = await browser.newPage();
      watch(page);
      await page.goto(`${origin}/`);
      return page.evaluate(run, { ...given, site: origin });
    };

    test('submits, waits, and tells errors apart, if the stage names the origin', async () => {
      const seen = await inPage(allowed(), async ({ site, url, key }) => {
        const { createClient, NotFoundError, UnauthenticatedError } = await import(`${site}/client.js`);
        const client = createClient({ url, key });
        const job = await client.submit('counting', { seconds: 1 });
        const statuses: string[] = [];
        for await (const { status } of client.watch(job)) statuses.push(status);
        const { result } = await client.wait(job);
        const nobody = '00000000-0000-4000-8000-000000000000';
        const caught = (promise: Promise<unknown>) => promise.catch((thrown: unknown) => thrown);
        const missing = await caught(client.get(nobody));
        const refused = await caught(createClient({ url, key: 'sjw_none' }).get(nobody));
        return {
          last: statuses.at(-1),
          result,
          isMissing: missing instanceof NotFoundError,
          isRefused: refused instanceof UnauthenticatedError,
        };
      });
      expect(seen).toEqual({ last: 'succeeded', result: { seconds: 1 }, isMissing: true, isRefused: true });
    });

    test('uploads a file, and fetches a large result by the grant; the bucket gets no credential', async () => {
      const elsewhere: (string | undefined)[] = [];
      const byGrant: string[] = [];
      const watch = (page: Page) =>
        page.on('request', (request) => {
          const to = new URL(request.url());
          if (to.searchParams.has('grant')) byGrant.push(to.pathname);
          if (request.method() !== 'OPTIONS' && to.origin !== given.url && to.origin !== allowed().origin)
            void request.allHeaders().then((headers) => elsewhere.push(headers.authorization));
        });
      const read = await inPage(
        allowed(),
        async ({ site, url, key }) => {
          const { createClient } = await import(`${site}/client.js`);
          const client = createClient({ url, key });
          const lines = Array.from({ length: 3_000 }, (_, index) => `city number ${index},${index}\n`);
          const object = await client.upload(new Blob(['city,price\n', ...lines], { type: 'text/csv' }));
          const metrics = [{ column: 'price', op: 'sum' }];
          const job = await client.submit('csv-sums', { object, groupBy: 'city', metrics });
          const { result, resultObject } = await client.wait(job);
          return { groups: result.groups.length, isLarge: resultObject.bytes > 100_000, id: job.id };
        },
        watch,
      );
      expect(read).toMatchObject({ groups: 3_000, isLarge: true });
      expect(byGrant).toEqual([`/ui/jobs/${read.id}/result`]);
      // The upload, and the object of the result.
      expect(elsewhere).toEqual([undefined, undefined]);
    });

    test('is refused by the browser, and submits nothing, if the stage does not name the origin', async () => {
      system().written.clear();
      const seen = await inPage(stranger, async ({ site, url, key }) => {
        const { createClient } = await import(`${site}/client.js`);
        const client = createClient({ url, key, retries: { tries: 1 } });
        const calls = [client.submit('counting', { seconds: 0 }), client.upload('a,b\n'), client.jobTypes()];
        const settled = await Promise.allSettled(calls);
        return settled.map((each) => (each.status === 'rejected' ? each.reason.name : 'answered'));
      });
      expect(seen).toEqual(['NetworkError', 'NetworkError', 'NetworkError']);
      expect(system().written).toEqual(new Set());
    });
  });
