import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { safeNext, signInPage } from '../../../../functions/pages/sign-in-page.ts';
import { anyText } from '../../../any-text.ts';

describe('where a sign-in leads', () => {
  test('never to another host, and always to what a header can hold', () => {
    const begun = fc.constantFrom('', '/ui', '/ui/', '/ui?', '/', '//');
    fc.assert(
      fc.property(begun, anyText(), (start, rest) => {
        const next = safeNext(start + rest);
        const { origin, pathname } = new URL(next, 'https://api.example.com');
        expect(origin).toBe('https://api.example.com');
        expect(pathname.startsWith('/')).toBe(true);
        expect(new Headers({ location: next }).get('location')).toBe(next);
      }),
    );
  });
});

test('the sign-in page says at its field that a key was refused', () => {
  expect(signInPage('/ui', false).text).not.toContain('refused');
  expect(signInPage('/ui?a="', true).text).toMatch(/value="\/ui\?a=&quot;".*aria-describedby="refused"/s);
});
