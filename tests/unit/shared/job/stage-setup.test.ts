import { expect, test } from '@jest/globals';
import { readStageSetup, readTargets, setupValuesIn } from '../../../../shared/job/stage-setup.ts';

test('a stage is set up for what its parameters have a value for', () => {
  const setup = readStageSetup({
    SETUP: 'mailFrom=jobs@example.com eventBus= role=arn:aws:iam::1:role/a=b  queue=q',
    WEBHOOK_HOSTS: 'localhost, Hooks.Internal:8080',
    MAIL_TO: 'acme=example.org, *=example.com',
    NOTIFY: 'event, https://a.example/?b=c, ada@example.com',
  });
  expect([...setup.given]).toEqual(['mailFrom', 'role', 'queue']);
  expect(setup.allowedHosts).toEqual(['localhost', 'hooks.internal:8080']);
  expect(setup.mailRules).toHaveLength(2);
  expect(setup.notify).toEqual([
    { event: true },
    { url: 'https://a.example/?b=c' },
    { email: 'ada@example.com' },
  ]);
});

test('an empty list of targets has none', () => {
  expect(readTargets(' , ')).toEqual([]);
});

test('the values of parameters are whole, and those without a value are missing', () => {
  const values = setupValuesIn('emrApplication= emrRole=arn:aws:iam::1:role/a=b');
  expect([...values]).toEqual([['emrRole', 'arn:aws:iam::1:role/a=b']]);
});
