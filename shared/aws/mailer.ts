import type { AgentOptions } from 'node:http';
import {
  GetSuppressedDestinationCommand,
  SESv2Client,
  type SESv2ClientConfig,
  SESv2ServiceException,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import {
  MailDoubtError,
  type Mailer,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../domain/notify/mail-ports.ts';
import { type Meaning, meaningOf } from './mail-error-meanings.ts';

interface Settings {
  /** A verified identity. */
  readonly from: string;
  /** Where a test has its stand-in for SES, and how long it waits, in milliseconds. */
  readonly client?: Pick<SESv2ClientConfig, 'endpoint' | 'region' | 'credentials'>;
  readonly requests?: {
    readonly connectionTimeout?: number;
    readonly requestTimeout?: number;
    readonly httpAgent?: AgentOptions;
  };
}

// Lambda stands still between invocations, and meanwhile SES closes a connection that was kept open. A call on it is
// reset, and its mail would be in doubt for no reason.
// Node.js keeps one open, too, as long as their number is limited.
const agent: AgentOptions = { keepAlive: false, maxSockets: Infinity };
const requestSettings = {
  connectionTimeout: 1500,
  // Longer than SES takes: a call that is given up too soon leaves its mail in doubt.
  requestTimeout: 15_000,
  throwOnRequestTimeout: true,
  httpAgent: agent,
  httpsAgent: agent,
};

const errors: Readonly<Record<Meaning, new (message: string, options: ErrorOptions) => Error>> = {
  refused: MailRefusedError,
  throttled: MailThrottledError,
  unavailable: MailUnavailableError,
  doubt: MailDoubtError,
};

/** A mailer on Amazon SES, API version 2. */
export function sesMailer({ from, client, requests }: Settings): Mailer {
  const ses = new SESv2Client({
    ...client,
    // Made again after a time-out, a call might send a second mail. The job decides on that, not the SDK.
    maxAttempts: 1,
    requestHandler: { ...requestSettings, ...requests },
  });
  return {
    async send({ to, subject, text, html, replyTo }, signal) {
      const Charset = 'UTF-8';
      const command = new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        ...(replyTo === undefined ? {} : { ReplyToAddresses: [replyTo] }),
        Content: {
          Simple: {
            Subject: { Data: subject, Charset },
            Body: {
              Text: { Data: text, Charset },
              ...(html === undefined ? {} : { Html: { Data: html, Charset } }),
            },
          },
        },
      });
      const { MessageId } = await ses.send(command, { abortSignal: signal }).catch((cause: unknown) => {
        throw errorFrom(cause, meaningOf(cause));
      });
      if (!MessageId) throw new MailDoubtError('SES answered without a message id');
      return { messageId: MessageId };
    },
    async isSuppressed(address, signal) {
      const command = new GetSuppressedDestinationCommand({ EmailAddress: address });
      try {
        await ses.send(command, { abortSignal: signal });
        return true;
      } catch (cause) {
        if (cause instanceof SESv2ServiceException && cause.name === 'NotFoundException') return false;
        const meaning = meaningOf(cause);
        // It only reads: there is nothing to doubt.
        throw errorFrom(cause, meaning === 'doubt' ? 'unavailable' : meaning);
      }
    },
  };
}

const errorFrom = (cause: unknown, meaning: Meaning): Error => {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return new errors[meaning](`SES: ${name}: ${message}`, { cause });
};
