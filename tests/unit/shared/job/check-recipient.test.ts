import { expect, test } from '@jest/globals';
import { problemOfRecipient } from '../../../../shared/job/check-recipient.ts';
import { InMemoryMailer } from '../../../../testkit/fakes/in-memory-mailer.ts';

const rules = [{ tenant: 'acme', to: 'example.com' }];
const mailer = new InMemoryMailer();
mailer.suppressed.add('gone@example.com');

test.each([
  ['jane@example.com', undefined],
  ['gone@example.com', 'suppressed'],
  ['jane@example.org', 'not allowed'],
] as const)('the problem of %s is: %s', async (to, problem) => {
  expect(await problemOfRecipient({ tenant: 'acme', to }, { mailer, rules })).toBe(problem);
});

test('an address that is not allowed is not looked up', async () => {
  const asked: string[] = [];
  const asking = {
    isSuppressed: async (address: string) => {
      asked.push(address);
      return false;
    },
  };
  await problemOfRecipient({ tenant: 'acme', to: 'jane@example.org' }, { mailer: asking, rules });
  await problemOfRecipient({ tenant: 'acme', to: 'jane@example.com' }, { mailer: asking, rules });
  expect(asked).toEqual(['jane@example.com']);
});
