import { expect, test } from '@jest/globals';
import { mailText } from '../../../../local/output/mail-server.ts';

const link = `http://127.0.0.1:3000/answers/${'a'.repeat(3_000)}`;
const shown = (
  text: string,
  Attachments: Parameters<typeof mailText>[0]['Content']['Simple']['Attachments'] = [],
) =>
  mailText({
    FromEmailAddress: 'jobs@example.org',
    Destination: { ToAddresses: ['bob@example.org'] },
    Content: { Simple: { Subject: { Data: 'Approve' }, Body: { Text: { Data: text } }, Attachments } },
  }).split('\n    ');
const head = [
  'A mail, which npm start does not send: from jobs@example.org to bob@example.org',
  'Subject: Approve',
];

test.each([
  ['a line of its own', `Please approve:\n${link}`, ['Please approve:', link]],
  ['the middle of a line', `Open ${link}, and say yes.`, ['Open', link, ', and say yes.']],
  [
    'a line behind those that are shown',
    `1\n2\n3\n4\n5\n6\nOpen ${link} now.\n8`,
    ['1', '2', '3', '4', '5', '... and 3 lines more', link],
  ],
])('the link of a mail is whole, on a line of its own: in %s', (_where, text, lines) => {
  expect(shown(text)).toEqual([...head, ...lines]);
});

test('a mail without a link shows its first five lines, and no more than 2,000 characters of each', () => {
  const lines = ['b'.repeat(2_001), '2', '3', '4', '5', '6'];
  expect(shown(lines.join('\n'))).toEqual([
    ...head,
    'b'.repeat(2_000),
    ...lines.slice(1, 5),
    '... and 1 line more',
  ]);
});

test('the attachments of a mail are named, each with its size', () => {
  const RawContent = Buffer.from('x'.repeat(12_345)).toString('base64');
  expect(shown('Your invoice', [{ FileName: 'invoice-217.pdf', RawContent }])).toEqual([
    ...head,
    'Your invoice',
    'Attachment: invoice-217.pdf, 12,345 bytes',
  ]);
});
