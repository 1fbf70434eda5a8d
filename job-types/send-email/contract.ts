import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/contract.ts';
import * as rules from '../../shared/domain/notify/attachment-rules.ts';
import { maxAddressLength, plainAddress } from '../../shared/domain/notify/mail-rules.ts';
import { zObject } from '../../shared/domain/objects/z-object.ts';

const address = z
  .string()
  .check(
    z.maxLength(maxAddressLength),
    z.regex(
      plainAddress,
      'must be a plain address, such as jane@example.com, without a name or a line break',
    ),
  );

/** A line break in a header would begin another header. */
const headerText = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(250),
    z.regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'must not have line breaks or other control characters'),
  );

/** It may have a link that nobody else should follow. */
const body = z.string().check(z.minLength(1), z.maxLength(100_000), z.meta({ secret: true }));

/** An object that goes with the mail as a file. */
const attachment = z.strictObject({
  object: zObject(),
  /** As its receiver sees it. */
  name: z.string().check(
    z.maxLength(rules.maxFileName),
    z.regex(
      rules.fileName,
      'must be the name of a file with its extension, such as invoice.pdf, without a path or quotes',
    ),
    z.refine((name) => !rules.isRefusedExtension(name), 'must not have an extension that SES refuses'),
  ),
  contentType: z.optional(
    z
      .string()
      .check(
        z.maxLength(rules.maxMediaType),
        z.regex(rules.mediaType, 'must be a media type, such as application/pdf'),
      ),
  ),
});

/** Sends one mail to one address, at most once unless the user says otherwise. */
export const sendEmail = defineJob({
  queue: 'long',
  needs: ['mailFrom'],
  payload: z.strictObject({
    to: address,
    subject: headerText,
    text: body,
    html: z.optional(body),
    replyTo: z.optional(address),
    attachments: z._default(z.array(attachment).check(z.maxLength(rules.maxAttachments)), []),
    /** If it is not known whether the mail was sent: `send` sends it again, `leave` does not. */
    onDoubt: z._default(z.enum(['send', 'leave']), 'leave'),
  }),
  result: z.discriminatedUnion('outcome', [
    /** SES has taken the mail. That it was delivered, nobody knows yet. */
    z.object({ outcome: z.literal('accepted'), messageId: z.string() }),
    /** The mail may have been sent, or not. */
    z.object({ outcome: z.literal('unknown') }),
    /** The mail was not sent. */
    z.object({ outcome: z.literal('refused'), reason: z.enum(['not allowed', 'suppressed']) }),
  ]),
  /** `doubts`: how many mails may have been sent by earlier calls. */
  checkpoint: z.discriminatedUnion('step', [
    z.strictObject({ step: z.literal('ready'), doubts: z.int() }),
    /** About to send. */
    z.strictObject({ step: z.literal('sending'), doubts: z.int() }),
    z.strictObject({ step: z.literal('sent'), messageId: z.string() }),
  ]),
  timeoutSeconds: 60,
  // SES may ask for patience for hours: with backoff, these attempts last about six.
  maxAttempts: 60,
});
