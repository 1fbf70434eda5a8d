import { expect, test } from '@jest/globals';
import { sendEmail } from '../../../job-types/send-email/contract.ts';
import { PermanentError } from '../../../shared/author/index.ts';
import { childHandler, childResult } from '../../../testkit/children.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { approveExpense as contract } from '../../fixtures/documented/approve-expense/contract.ts';
import { approveExpense } from '../../fixtures/documented/approve-expense/handler.ts';
import { day, remindApprover } from '../../fixtures/documented/remind-approver/contract.ts';
import { remindApprover as reminding } from '../../fixtures/documented/remind-approver/handler.ts';

const type = { contract, handlerWith: approveExpense };
const payload = { who: 'Ada', euros: 300, manager: 'bob@example.org', superior: 'eve@example.org' };
const submittedAt = Date.UTC(2026, 11, 1);
const effects = () => ({
  pay: keyedBy(
    ({ key }: { readonly key: string }) => key,
    async () => {},
  ),
});
const reminder = childHandler(remindApprover, reminding);
const children = {
  'send-email': childResult(sendEmail, ({ to }) => ({ outcome: 'accepted', messageId: to })),
  'remind-approver': reminder,
};
const answer = (isOk: boolean) => [{ name: 'approve', answer: { isOk }, as: 'manager' }];

test.each([
  ['paid', answer(true)],
  ['refused', answer(false)],
])('an expense is %s', async (state, signals) => {
  const { result } = await runJob(type, payload, { effects, children, signals });
  expect(result).toEqual({ state });
});

/** Each takes half a day, and one may be lost. */
const slowMail = (mails: string[], lost: string) =>
  childHandler(sendEmail, async ({ to }, job) => {
    if (!job.resume) {
      mails.push(`${to}: ${(job.now() - submittedAt) / day / 1000}`);
      await job.sleep(day / 2, { step: 'ready', doubts: 0 });
    }
    if (mails.at(-1) === lost) throw new PermanentError('lost');
    return { outcome: 'accepted', messageId: to };
  });

test.each([
  ['none', 'forgotten', 29],
  ['bob@example.org: 1', 'forgotten', 29],
  ['eve@example.org: 3', undefined, 3.5],
])('nobody answers; lost: %s', async (lost, state, end) => {
  const mails: string[] = [];
  const slow = { 'send-email': slowMail(mails, lost), 'remind-approver': reminder };
  const run = await runJob(type, payload, { effects, children: slow, submittedAt });
  expect(mails).toEqual(['bob@example.org: 0', 'bob@example.org: 1', 'eve@example.org: 3']);
  expect([run.result?.state, run.seconds / 86_400]).toEqual([state, expect.closeTo(end)]);
});

test('an expense is paid once, wherever the job is cut', async () => {
  await cutEverywhere(type, payload, { effects, children, signals: answer(true) });
});

test('the reminder sends its mails, wherever it is cut', async () => {
  const asked = { start: submittedAt, subject: 'May Ada?', link: 'a', linkAbove: 'b', ...payload };
  const { who: _, euros: __, ...request } = asked;
  const options = { children, submittedAt, maxCuts: 50 };
  await cutEverywhere({ contract: remindApprover, handler: reminding }, request, options);
});
