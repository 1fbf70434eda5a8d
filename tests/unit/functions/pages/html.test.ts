import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foreign, html } from '../../../../functions/pages/html.ts';
import { anyText } from '../../../any-text.ts';

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const decoded = (text: string): string =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
const writtenText = fc.oneof(
  anyText(),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'a', ';', 'lt', '#') }),
);

// tests/browser/escaping.test.ts has a browser read the same.
describe('the template for HTML', () => {
  test('no text whatever leaves its place', () => {
    fc.assert(
      fc.property(writtenText, writtenText, (inside, attribute) => {
        const [, one = '', other = ''] = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(
          html`<p title="${attribute}">${inside}</p>`.text,
        ) ?? ['', 'it is not one element'];
        expect([one, other].join()).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect([decoded(one), decoded(other)]).toEqual([attribute, inside]);
      }),
    );
  });

  test('what it has made itself is not escaped again', () => {
    const inner = html`<b>${'&'}</b>`;
    expect(html`<p>${inner}${[inner, 'x', 1]}</p>`.text).toBe('<p><b>&amp;</b><b>&amp;</b>x1</p>');
  });

  test('nothing stands for undefined and false, and 0 for 0', () => {
    expect(html`[${undefined}${false}${0}${''}]`.text).toBe('[0]');
  });

  test('an object with a text is no HTML', () => {
    expect(html`${String({ text: '<b>' })}`.text).toBe('[object Object]');
  });

  test('what somebody else wrote has a direction of its own', () => {
    expect(foreign('\u202E<').text).toBe('<bdi>\u202E&lt;</bdi>');
  });
});
