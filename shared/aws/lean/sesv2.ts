import {
  type ClientSettings,
  Command,
  inPath,
  jsonOf,
  type Message,
  ServiceClient,
} from './service-client.ts';
import { ServiceError } from './service-error.ts';

/** Takes the place of `@aws-sdk/client-sesv2` in the bundles of functions: infra/packaging/lean-clients.cjs. */

export class SESv2ServiceException extends ServiceError {}

export class SESv2Client extends ServiceClient {
  constructor(settings?: ClientSettings) {
    super(
      {
        name: 'ses',
        host: 'email',
        variable: 'SESV2',
        maxAttempts: 3,
        baseDelay: 50,
        errorCode: ({ __type, code, Code }, headers) => headers['x-amzn-errortype'] ?? code ?? Code ?? __type,
        otherErrors: SESv2ServiceException,
      },
      settings,
    );
  }
}

/** Bytes are base64 in JSON. They are made so before: `JSON.stringify` would first make a list of numbers of them. */
const inJson = (value: unknown): unknown => {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (Array.isArray(value)) return value.map(inJson);
  return typeof value === 'object' && value !== null ? Object.fromEntries(entriesOf(value)) : value;
};

const entriesOf = (members: object): [string, unknown][] =>
  Object.entries(members).map(([member, value]) => [member, inJson(value)]);

export class SendEmailCommand extends Command {
  readonly operation = 'SendEmail';

  override message(): Message {
    const headers = { 'content-type': 'application/json' };
    const body = jsonOf(Object.fromEntries(entriesOf(this.input)));
    return { method: 'POST', path: '/v2/email/outbound-emails', headers, body };
  }
}

export class GetSuppressedDestinationCommand extends Command {
  readonly operation = 'GetSuppressedDestination';

  override message(): Message {
    const address = inPath('EmailAddress', this.input.EmailAddress);
    return { method: 'GET', path: `/v2/email/suppression/addresses/${address}` };
  }
}
