import { PermanentError } from './errors.ts';

/** There is no object of this name, or it is not the tenant's. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
}

/** A job reads an object that is not there: it was not uploaded, has expired, or is none of its tenant's. */
export class MissingObjectError extends PermanentError {
  override readonly name: string = 'MissingObjectError';
}

/** An upload in parts has ended, or its parts are not what they were. What was written to it is of no use. */
export class UploadGoneError extends Error {
  override readonly name = 'UploadGoneError';
}

/** The bucket did not answer, or refused. */
export class ObjectsUnavailableError extends Error {
  override readonly name = 'ObjectsUnavailableError';
}
