import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';
import * as z from 'zod/mini';
import { chromiumPath, startChromium } from '../../scripts/chromium.ts';
import type { Addresses } from './systems.ts';

/** Without Chromium these tests are skipped; tests/browser/start.ts says so. */
export const describeInBrowser = chromiumPath() === undefined ? describe.skip : describe;

const addresses = z.object({
  open: z.url(),
  closed: z.url(),
  endpoints: z.object({
    sqsEndpoint: z.url(),
    dynamoDbEndpoint: z.url(),
    s3Endpoint: z.url(),
    schedulerEndpoint: z.url(),
  }),
});

/** The systems that run for all browser tests. */
export const systems = (): Addresses => addresses.parse(JSON.parse(process.env.BROWSER_TEST_SYSTEMS ?? '{}'));

const timeoutMs = 20_000;

/** Opens tabs, each with cookies of its own. After every test no tab may have had anything to complain about. */
export interface Tabs {
  /** @param options `refused`: addresses whose failure is what a test is about, which Chromium reports by itself */
  open(path: string, options?: BrowserContextOptions & TabOptions): Promise<Page>;
}

interface TabOptions {
  readonly base?: string;
  readonly refused?: RegExp;
}

/** Chromium's own line about the answer to an address that was opened. */
const isAboutTheAnswer = (message: ConsoleMessage, page: Page): boolean =>
  /the server responded with a status of (400|401|403|404|409|410|413)/.test(message.text()) &&
  message.location().url === page.url();

/** The same about what a script of the page has asked for. */
const isAboutRefused = (message: ConsoleMessage, refused: RegExp): boolean =>
  message.text().startsWith('Failed to load resource: ') && refused.test(message.location().url);

/** Starts Chromium for the tests of a file. */
export function useTabs(): Tabs {
  let browser: Browser;
  let complaints: string[] = [];
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    const found = complaints;
    complaints = [];
    expect(found).toEqual([]);
  });
  return {
    async open(path, { base = systems().open, refused = /^$/, ...options } = {}) {
      const context = await browser.newContext({ baseURL: base, ...options });
      context.setDefaultTimeout(timeoutMs);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return;
        if (!isAboutTheAnswer(message, page) && !isAboutRefused(message, refused))
          complaints.push(message.text());
      });
      page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
      await page.goto(path);
      return page;
    },
  };
}
