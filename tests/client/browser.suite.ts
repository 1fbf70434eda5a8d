import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, startChromium } from '../../scripts/chromium.ts';
import type { HttpSystem } from '../integration/http-system.ts';
import { bundleClient } from './bundle.ts';

const describeInBrowser = chromiumPath() === undefined ? describe.skip : describe;

/** What a test does in the page. It is sent there as a text, so it uses nothing from here. */
type InPage<Returned> = (given: { readonly url: string; readonly key: string }) => Promise<Returned>;

export const browserSuite = (system: () => HttpSystem): void =>
  describeInBrowser('the bundle in Chromium, on a page of the stage', () => {
    let browser: Browser;
    let page: Page;
    let key: string;
    /** The requests to other hosts than the API's, with their credential. */
    const elsewhere: (string | undefined)[] = [];
    beforeAll(async () => {
      const [bundle, started, made] = await Promise.all([
        bundleClient(),
        startChromium(),
        system().keyOf('browser'),
      ]);
      [browser, key] = [started, made];
      page = await browser.newPage();
      const { address } = system();
      await page.route(`${address}/client.js`, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: bundle }),
      );
      page.on('request', (request) => {
        if (request.method() !== 'OPTIONS' && !request.url().startsWith(address))
          void request.allHeaders().then((headers) => elsewhere.push(headers.authorization));
      });
      // A page that was not loaded from this machine may not call it, so it is one that the stage has.
      await page.goto(`${address}/health`);
    });
    afterAll(() => browser?.close());

    const inPage = <Returned>(run: InPage<Returned>): Promise<Returned> =>
      page.evaluate(run, { url: system().address, key });

    test('submits, waits, watches, and tells errors apart', async () => {
      const seen = await inPage(async ({ url, key }) => {
        const { createClient, KeyReusedError } = await import(`${url}/client.js`);
        const client = createClient({ url, key });
        const options = { idempotencyKey: 'in a page' };
        const job = await client.submit('counting', { seconds: 1 }, options);
        const statuses: string[] = [];
        for await (const { status } of client.watch(job)) statuses.push(status);
        const { result } = await client.wait(job.id);
        const error: unknown = await client
          .submit('counting', { seconds: 2 }, options)
          .catch((thrown: unknown) => thrown);
        return {
          last: statuses.at(-1),
          result,
          isReused: error instanceof KeyReusedError,
          name: error instanceof Error ? error.name : '',
        };
      });
      expect(seen).toEqual({
        last: 'succeeded',
        result: { seconds: 1 },
        isReused: true,
        name: 'KeyReusedError',
      });
    });

    test('uploads a stream and a blob, and fetches a large result; the bucket gets no credential', async () => {
      elsewhere.length = 0;
      const rows = await inPage(async ({ url, key }) => {
        const { createClient } = await import(`${url}/client.js`);
        const client = createClient({ url, key });
        const lines = Array.from({ length: 3_000 }, (_, index) => `city number ${index},${index}\n`);
        const blob = new Blob(['city,price\n', ...lines], { type: 'text/csv' });
        const read: unknown[] = [];
        for (const body of [blob, blob.stream()]) {
          const object = await client.upload(body, { bytes: blob.size });
          const metrics = [{ column: 'price', op: 'sum' }];
          const job = await client.submit('csv-sums', { object, groupBy: 'city', metrics });
          const { result, resultObject } = await client.wait(job);
          read.push([result.groups.length, resultObject.bytes > 100_000]);
        }
        return read;
      });
      expect(rows).toEqual(Array(2).fill([3_000, true]));
      expect(elsewhere).toEqual(Array(4).fill(undefined));
    });
  });
