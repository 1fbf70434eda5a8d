import { expect, test } from '@jest/globals';
import { notifications } from '../../../../functions/pages/notifications.ts';
import { toJobResponse } from '../../../../shared/http/job-response.ts';
import { aFailedItem } from '../../../set-ups/samples.ts';

const urls = { statusUrl: 'https://api.example.com/jobs/1', pageUrl: 'https://api.example.com/ui/jobs/1' };
const notify = [
  { url: 'https://hooks.example.com/secret-path?token=secret' },
  { email: '<b>@example.com' },
  { event: true as const },
  { url: '?' },
];
const records = [
  { status: 'delivered', attempts: 1 },
  { status: 'failed', attempts: 12, lastError: '<i>' },
  { status: 'pending', attempts: 1, lastError: 'timed out' },
];

test('a page says who is told of the end, and how it is with that, without what may be secret in an address', () => {
  const item = aFailedItem({ notify, notification: JSON.stringify(records) });
  const text = notifications(toJobResponse(item, urls))?.text.replace(/<\/?(ul|bdi)[^>]*>/g, '');
  expect(text?.split('</li>').map((line) => line.replace('<li>', ''))).toEqual([
    'webhook to hooks.example.com: delivered',
    'mail to &lt;b&gt;@example.com: given up after 12 attempts: &lt;i&gt;',
    'event: not yet, after one attempt: timed out',
    'webhook to an address: not yet',
    '',
  ]);
});

test('a page says nothing of notifications where nobody is told', () => {
  expect(notifications(toJobResponse(aFailedItem(), urls))).toBeUndefined();
});
