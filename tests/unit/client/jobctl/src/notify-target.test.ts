import { expect, test } from '@jest/globals';
import { CommandError } from '../../../../../client/jobctl/src/ending.ts';
import { parseNotifyTarget } from '../../../../../client/jobctl/src/notify-target.ts';

test.each([
  ['event', { event: true }],
  ['team@example.com', { email: 'team@example.com' }],
  ['https://hooks.example.com/jobs', { url: 'https://hooks.example.com/jobs' }],
  ['https://user@example.com/', { url: 'https://user@example.com/' }],
])('%s is a target', (text, target) => {
  expect(parseNotifyTarget(text)).toEqual(target);
});

test.each(['foo', '', 'Event', 'hooks.example.com/jobs'])(
  '"%s" is none, and the error says what is',
  (text) => {
    expect(() => parseNotifyTarget(text)).toThrow(CommandError);
    expect(() => parseNotifyTarget(text)).toThrow(/URL of a webhook, .*a mail address, or the word event\.$/);
  },
);
