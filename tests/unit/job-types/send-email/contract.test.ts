import { describe, expect, it } from '@jest/globals';
import * as z from 'zod/v4/core';
import { sendEmail } from '../../../../job-types/send-email/contract.ts';

const mail = {
  to: 'jane@example.com',
  subject: 'Your order ✓ ist unterwegs',
  text: 'Hello\n\nit is on its way.\n',
};

const problemsOf = (over: object): readonly string[] => {
  const { error } = z.safeParse(sendEmail.payload, { ...mail, ...over });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('a submission', () => {
  it('leaves a mail in doubt alone unless it says otherwise', () => {
    expect(z.parse(sendEmail.payload, mail)).toEqual({ ...mail, onDoubt: 'leave' });
  });

  it.each([
    { html: '<p>Hello</p>', replyTo: 'shop@example.org', onDoubt: 'send' },
    { subject: '👩‍👩‍👧 عربى 日本語' },
    { subject: 'x'.repeat(250), text: 'x'.repeat(100_000) },
  ])('is accepted: %j', (over) => {
    expect(problemsOf(over)).toEqual([]);
  });

  const breaks = ['\r\n', '\n', '\r', '\u0000', '\u0085', '\u2028', '\u2029', '\u000b', '\u000c', '\u007f'];

  it.each(breaks)('cannot put another header behind the subject with %j', (character) => {
    expect(problemsOf({ subject: `Hello${character}Bcc: evil@evil.example` })).toEqual([
      'subject: must not have line breaks or other control characters',
    ]);
  });

  it.each(breaks)('cannot put another header behind an address with %j', (character) => {
    for (const field of ['to', 'replyTo'])
      expect(problemsOf({ [field]: `jane@example.com${character}Bcc: evil@evil.example` })).toEqual([
        `${field}: must be a plain address, such as jane@example.com, without a name or a line break`,
      ]);
  });

  it.each([
    { to: ['jane@example.com', 'joe@example.com'] },
    { to: 'jane@example.com, joe@example.com' },
    { to: 'evil@evil.example@example.com' },
    { to: `${'j'.repeat(300)}@example.com` },
    { from: 'boss@example.com' },
    { cc: 'joe@example.com' },
    { subject: '' },
    { subject: 'x'.repeat(251) },
    { subject: 'half a character: \ud83d' },
    { text: '' },
    { text: 'x'.repeat(100_001) },
    { onDoubt: 'maybe' },
  ])('is refused: %j', (over) => {
    expect(problemsOf(over)).not.toEqual([]);
  });
});
