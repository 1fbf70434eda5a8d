import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { prefersHtml } from '../../../../shared/http/prefers-html.ts';

describe('prefersHtml', () => {
  test.each([
    [
      'Chrome',
      'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
    ],
    ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['Safari', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['lynx', 'text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01'],
    ['capital letters', 'Text/HTML, */*; Q=0.1'],
    ['any text', 'text/*'],
    ['more of HTML than of JSON', 'application/json;q=0.5, text/html;q=0.501'],
    ['HTML, and no JSON', '*/*, application/json;q=0'],
    ['parameters', 'text/html;level=1;q=0.4, */*;q=0.3'],
  ])('is true for %s', (_who, accept) => {
    expect(prefersHtml(accept)).toBe(true);
  });

  test.each([
    ['nobody who says', undefined],
    ['an empty header', ''],
    ['curl and fetch', '*/*'],
    ['axios', 'application/json, text/plain, */*'],
    ['Python requests', 'application/json'],
    ['Java', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2, application/json'],
    ['HTML as good as JSON', 'text/html, application/json'],
    ['HTML that is refused', 'text/html;q=0, application/xml'],
    ['any text but HTML', 'text/*, text/html;q=0'],
    ['images', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'],
    ['problem documents', 'application/problem+json'],
    ['garbage', ';;;,,,q=1,=,text/,/html'],
  ])('is false for %s', (_who, accept) => {
    expect(prefersHtml(accept)).toBe(false);
  });

  test('takes the most specific range, wherever it stands', () => {
    const ranges = ['text/html;q=0.2', 'text/*;q=0.9', '*/*;q=0.9', 'application/json;q=0.3'];
    fc.assert(
      fc.property(fc.shuffledSubarray(ranges, { minLength: ranges.length }), (shuffled) => {
        expect(prefersHtml(shuffled.join(', '))).toBe(false);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (accept) => void prefersHtml(accept)));
  });
});
