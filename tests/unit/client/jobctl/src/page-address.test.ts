import { expect, test } from '@jest/globals';
import { CommandError } from '../../../../../client/jobctl/src/ending.ts';
import { pageAddress } from '../../../../../client/jobctl/src/page-address.ts';

const api = 'https://jobs.example.com';

test('a page on the host that was asked is its own', () => {
  const href = `${api}/ui/jobs/1?grant=20000.abc`;
  expect(pageAddress(href, api)).toEqual({ href, isOwn: true });
});

test.each([
  'https://evil.example.com/ui/jobs/1',
  'http://jobs.example.com/ui/jobs/1',
  'https://jobs.example.com:8443/ui/jobs/1',
  'https://jobs.example.com.evil.com/',
])('%s is the page of another host', (text) => {
  expect(pageAddress(text, api).isOwn).toBe(false);
});

test.each([
  '',
  'ui/jobs/1',
  '/etc/passwd',
  '--help',
  '-a Calculator',
  'calc.exe',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,hello',
  'ms-calculator:',
  'vscode://file/etc/passwd',
  'https://user:password@jobs.example.com/',
])('"%s" is no page', (text) => {
  expect(() => pageAddress(text, api)).toThrow(CommandError);
});

test('what is left has no character that a program could take for something else', () => {
  const { href } = pageAddress('https://jobs.example.com/a b"c\n<d>\\e?f=g h"\u001b[2J', api);
  expect(href).toMatch(/^https:[\w/.%?=[\]-]+$/);
});
