import type { AgentOptions } from 'node:http';
import {
  GetSuppressedDestinationCommand,
  SESv2Client,
  type SESv2ClientConfig,
  SESv2ServiceException,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2';
import { asError, describeError } from '../../domain/base/errors.ts';
import { type FailedCall, failedCallOf } from '../../domain/base/failed-call.ts';
import {
  type Attachment,
  LookUpRefusedError,
  MailDoubtError,
  type Mailer,
  MailRefusedError,
  MailThrottledError,
  MailUnavailableError,
} from '../../domain/notify/mail-ports.ts';

interface Settings {
  /** A verified identity. */
  readonly from: string;
  /** Where a test has its stand-in for SES. */
  readonly client?: Pick<SESv2ClientConfig, 'endpoint' | 'region' | 'credentials'>;
  /** How long it waits, in milliseconds. */
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

/**
 * A mail must not be sent twice: what SES may have taken is in doubt. SES has no conflicts, and a call that was not
 * made into a request will not be.
 */
const errors: Readonly<Record<FailedCall, new (message: string, options: ErrorOptions) => Error>> = {
  notReached: MailUnavailableError,
  unanswered: MailDoubtError,
  fault: MailDoubtError,
  throttled: MailThrottledError,
  passing: MailUnavailableError,
  refused: MailRefusedError,
  unmade: MailRefusedError,
  broken: MailDoubtError,
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
    async send({ to, subject, text, html, replyTo, attachments = [] }, signal) {
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
            ...(attachments.length === 0 ? {} : { Attachments: attachments.map(attachmentOf) }),
          },
        },
      });
      const { MessageId } = await ses.send(command, { abortSignal: signal }).catch((cause: unknown) => {
        throw mailErrorOf(cause);
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
        const error = mailErrorOf(cause);
        // "SES API calls related to suppression list management are disabled" in the sandbox, and no page of AWS says
        // with which answer: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
        if (error instanceof MailRefusedError && isBadRequest(cause))
          throw new LookUpRefusedError(error.message, { cause });
        // It only reads: there is nothing to doubt.
        throw error instanceof MailDoubtError ? new MailUnavailableError(error.message, { cause }) : error;
      }
    },
  };
}

const attachmentOf = ({ name, contentType, bytes }: Attachment) => ({
  FileName: name,
  RawContent: bytes,
  // The default of SES is for texts of seven bits.
  ContentTransferEncoding: 'BASE64' as const,
  ...(contentType === undefined ? {} : { ContentType: contentType }),
});

const isBadRequest = (cause: unknown): boolean =>
  cause instanceof SESv2ServiceException && cause.$metadata.httpStatusCode === 400;

/** What an error of a call to SES says about its mail. */
export function mailErrorOf(cause: unknown): Error {
  const { name, message } = describeError(asError(cause));
  return new errors[failedCallOf(cause)](`SES: ${name}: ${message}`, { cause });
}
