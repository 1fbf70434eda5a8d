import { PermanentError } from '../base/errors.ts';

/** There is no object of this name, or it is not the tenant's. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
}

/** A job reads an object that is not there: it was not uploaded, has expired, or is none of its tenant's. */
export class MissingObjectError extends PermanentError {
  override readonly name: string = 'MissingObjectError';
}

/** An upload in parts has ended, or one of its parts is not what it was. */
export class UploadGoneError extends Error {
  override readonly name = 'UploadGoneError';
}

/**
 * What was streamed before the saved state is gone, so the state is of no use: the job fails, and a retry by the user
 * starts from the beginning.
 */
export class OutputLostError extends PermanentError {
  override readonly name: string = 'OutputLostError';
}

/** The bucket did not answer, or refused. */
export class ObjectsUnavailableError extends Error {
  override readonly name = 'ObjectsUnavailableError';
}
