import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { assetTexts } from '../../../../functions/pages/asset-texts.ts';
import { assetResponse, assetUrl } from '../../../../functions/pages/assets.ts';
import { NotFoundError } from '../../../../shared/job/errors.ts';

const names = ['style.css', 'page.js', 'upload.js'] as const;

test.each(names)('%s has the hash of its content in its name, and may be kept for ever', (name) => {
  const url = assetUrl(name);
  const [base, digits] = url.split('/').at(-1)?.split('.') ?? [];
  expect(name.startsWith(base ?? '-')).toBe(true);
  expect(hash('sha256', assetTexts()[name], 'hex').startsWith(digits ?? '-')).toBe(true);
  expect(assetResponse(url.slice('/ui/assets/'.length))).toMatchObject({
    statusCode: 200,
    headers: {
      'content-type': expect.stringMatching(name.endsWith('css') ? /^text\/css/ : /^text\/javascript/),
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    },
    body: assetTexts()[name],
  });
});

test.each(['', 'style.css', 'page.js', 'style.000000000000.css', '../handler.ts', 'constructor'])(
  'there is no asset %j',
  (name) => {
    expect(() => assetResponse(name)).toThrow(NotFoundError);
  },
);

test('the style loads nothing', () => {
  expect(assetTexts()['style.css']).not.toMatch(/url\(|@import/);
});

test.each([
  ['page.js', 160],
  ['upload.js', 120],
] as const)('the script %s is short, and makes no HTML of texts', (name, maxLines) => {
  const script = assetTexts()[name];
  expect(script).not.toMatch(/https?:|innerHTML\s*=|eval|import/);
  expect(script.split('\n').length).toBeLessThan(maxLines);
});
