import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sesMailer } from '../../job-types/send-email/adapter.ts';
import { MailRefusedError } from '../../shared/job/mail-ports.ts';
import { InMemoryMailer } from '../../testkit/fakes/in-memory-mailer.ts';
import { type Moto, motoIsInstalled, startMoto } from '../infra/moto.ts';
import { describeMailer } from './mailer.contract.ts';
import { SesStandIn } from './ses-stand-in.ts';

const from = 'jobs@example.com';
const region = 'eu-central-1';
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const mailerAt = (endpoint: string, sender = from) =>
  sesMailer({ from: sender, client: { endpoint, region, credentials } });

const fake = new InMemoryMailer();
describeMailer(
  'in memory',
  () => fake,
  (address) => fake.suppressed.add(address),
);

let standIn: SesStandIn;
beforeAll(async () => {
  standIn = await SesStandIn.start();
});
afterAll(() => standIn?.stop());
describeMailer(
  'SES, a stand-in',
  () => mailerAt(standIn.endpoint),
  (address) => standIn.suppressed.add(address),
);

// The one of Debian knows neither the suppression list nor the sandbox's rules for receivers.
(motoIsInstalled() ? describe : describe.skip)('SES of moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
    const scope = `${credentials.accessKeyId}/20260101/${region}/ses/aws4_request`;
    await fetch(moto.endpoint, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
      body: new URLSearchParams({ Action: 'VerifyEmailIdentity', EmailAddress: from }),
    });
  });
  afterAll(() => moto?.stop());

  describeMailer('SES of moto', () => mailerAt(moto.endpoint));

  test('refuses a mail whose sender it has not verified', async () => {
    const mail = { to: 'jane@example.com', subject: 'Hello', text: 'Hello' };
    await expect(mailerAt(moto.endpoint, 'nobody@example.net').send(mail)).rejects.toBeInstanceOf(
      MailRefusedError,
    );
  });
});
