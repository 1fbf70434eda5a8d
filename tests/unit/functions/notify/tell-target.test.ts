import { expect, test } from '@jest/globals';
import type { JobEndMail } from '../../../../functions/notify/job-end-mail.ts';
import { tellTarget } from '../../../../functions/notify/tell-target.ts';
import { aNotification, hook } from '../../../set-ups/notify.ts';
import { jobId } from '../../../set-ups/samples.ts';

const delivered = { kind: 'delivered' } as const;

/** Tells a target by channels that record what they were asked for. */
async function tell(target: Parameters<typeof aNotification>[0] = {}, sendsMail = true) {
  const asked: unknown[] = [];
  const attempt = await tellTarget({
    webhook: async (_message, address) => {
      asked.push(['webhook', address]);
      return delivered;
    },
    event: async () => {
      asked.push(['event']);
      return delivered;
    },
    ...(sendsMail
      ? {
          mail: async (mail: JobEndMail) => {
            asked.push(['mail', mail]);
            return delivered;
          },
        }
      : {}),
  })(aNotification(target));
  return { attempt, asked };
}

test('each kind of target is told by its channel alone', async () => {
  expect(await tell({ target: { url: hook } })).toEqual({ attempt: delivered, asked: [['webhook', hook]] });
  expect(await tell({ target: { event: true } })).toEqual({ attempt: delivered, asked: [['event']] });
});

test('a mail says what has ended, and how, under the id that every target is told', async () => {
  const { asked } = await tell({ target: { email: 'a@example.com' }, tags: ['a', 'b'] });
  expect(asked).toEqual([
    [
      'mail',
      {
        tenant: 'a tenant',
        to: 'a@example.com',
        subject: 'Job countdown has failed',
        text: [
          `The job ${jobId} of the type countdown has failed.`,
          '',
          'Submitted: 2026-01-02T03:04:04.678Z',
          'Ended: 2026-01-02T03:04:05.178Z',
          'Tags: a, b',
          'Error: Error: no',
          '',
          `Notification: ${jobId}_1_failed`,
          '',
        ].join('\n'),
      },
    ],
  ]);
});

test('without a mailer a mail is impossible', async () => {
  expect(await tell({ target: { email: 'a@example.com' } }, false)).toEqual({
    attempt: { kind: 'impossible', why: 'this stage sends no mail' },
    asked: [],
  });
});
