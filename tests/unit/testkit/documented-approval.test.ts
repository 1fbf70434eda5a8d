import { expect, test } from '@jest/globals';
import { sendEmail } from '../../../job-types/send-email/contract.ts';
import { childHandler, childResult } from '../../../testkit/children.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { approveExpense as contract } from '../../fixtures/documented/approve-expense/contract.ts';
import { approveExpense } from '../../fixtures/documented/approve-expense/handler.ts';
import { remindApprover } from '../../fixtures/documented/remind-approver/contract.ts';
import { remindApprover as reminding } from '../../fixtures/documented/remind-approver/handler.ts';

const type = { contract, handlerWith: approveExpense };
const payload = { who: 'Ada', euros: 300, manager: 'bob@example.org', superior: 'eve@example.org' };
const effects = () => ({
  pay: keyedBy(
    ({ key }: { readonly key: string }) => key,
    async () => {},
  ),
});
const children = {
  'send-email': childResult(sendEmail, ({ to }) => ({ outcome: 'accepted', messageId: to })),
  'remind-approver': childHandler(remindApprover, reminding),
};
const answer = (isOk: boolean) => [{ name: 'approve', answer: { isOk } }];

test.each([
  ['paid', answer(true)],
  ['refused', answer(false)],
  ['forgotten', []],
])('an expense is %s', async (state, signals) => {
  const { result } = await runJob(type, payload, { effects, children, signals });
  expect(result).toEqual({ state });
});

test('an expense is paid once, wherever the job is cut', async () => {
  await cutEverywhere(type, payload, { effects, children, signals: answer(true) });
});
