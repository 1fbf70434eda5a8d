import { buffer } from 'node:stream/consumers';
import type { JobContext, PayloadOf } from '../../shared/author/handler.ts';
import { PermanentError } from '../../shared/domain/base/errors.ts';
import { maxAttachmentBytes } from '../../shared/domain/notify/attachment-rules.ts';
import type { Attachment } from '../../shared/domain/notify/mail-ports.ts';
import type { sendEmail } from './contract.ts';

/** The attachments of a mail have more bytes together than the mail service takes. */
export class AttachmentsTooLargeError extends PermanentError {
  override readonly name = 'AttachmentsTooLargeError';
}

/**
 * Reads the objects that go with a mail, and none of them if they are too large together.
 * @throws AttachmentsTooLargeError; MissingObjectError if one of them is gone
 */
export async function readAttachments(
  attachments: PayloadOf<typeof sendEmail>['attachments'],
  job: Pick<JobContext, 'object'>,
): Promise<readonly Attachment[]> {
  const files = attachments.map(({ object, ...said }) => ({ ...said, object: job.object(object) }));
  const sizes = await Promise.all(files.map(({ object }) => object.size()));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > maxAttachmentBytes)
    throw new AttachmentsTooLargeError(
      `the attachments have ${bytes.toLocaleString('en')} bytes together; a mail has room for ${maxAttachmentBytes.toLocaleString('en')}`,
    );
  return Promise.all(
    files.map(async ({ object, ...said }) => ({ ...said, bytes: await buffer(object.stream()) })),
  );
}
