import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { foreign, html } from '../../functions/pages/html/html.ts';
import { anyText } from '../any-text.ts';
import { describeInBrowser, useTabs } from './tabs.ts';

const count = 500;
const signs = fc.constantFrom(
  '<',
  '>',
  '"',
  "'",
  '&',
  '/',
  '=',
  '!',
  '-',
  ' ',
  ';',
  'script',
  'lt',
  '#60',
  '\u202E',
);
const writtenText = fc.oneof(anyText(), fc.string({ unit: signs }), fc.string({ unit: 'grapheme' }));

/** A browser has no NUL, and one kind of line end. */
const asRead = (text: string): string => text.toWellFormed().replaceAll('\0', '').replaceAll(/\r\n?/g, '\n');

const read = z.object({ elements: z.int(), texts: z.array(z.tuple([z.string(), z.string()])) });

describeInBrowser('the template for HTML', () => {
  const tabs = useTabs();

  test('puts any text where it belongs, as a browser reads it', async () => {
    const texts = fc.sample(fc.tuple(writtenText, writtenText), count).map((pair) => pair.map(asRead));
    const body = html`${texts.map(([inside = '', value = '']) => html`<p title="${value}">${foreign(inside)}</p>`)}`;
    const page = await tabs.open('about:blank');
    await page.setContent(body.text);
    const found = await page.evaluate(`({
      elements: document.body.querySelectorAll('*').length,
      texts: [...document.querySelectorAll('p')].map((each) => [each.textContent, each.title]),
    })`);
    expect(read.parse(found)).toEqual({ elements: 2 * count, texts });
  });
});
