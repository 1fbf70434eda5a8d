import type { LookupFunction } from 'node:net';

/** Sends a mail by the mailer of a module to SES at an endpoint, and prints what came of it. */
const [module = '', endpoint = ''] = process.argv.slice(2);
const { sesMailer }: typeof import('../../shared/aws/notify/mailer.ts') = await import(module);

/** A name server that does not answer. */
const silent: LookupFunction = () => {};
const lookup = endpoint.includes('silent') ? { lookup: silent } : {};

const mailer = sesMailer({
  from: 'jobs@example.com',
  client: {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  },
  requests: { connectionTimeout: 300, httpAgent: lookup },
});
const came = await mailer
  .send({ to: 'jane@example.com', subject: 'Your order', text: 'It is on its way.' })
  .catch((error: unknown) => error);
console.log(String(came));
process.exit();
