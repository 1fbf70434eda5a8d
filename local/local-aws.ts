/** The deployment that this machine stands in for. The emulators have this one account. */
export const region = 'eu-central-1';
export const accountId = '000000000000';

/** The S3 of this machine accepts only what is signed with them. The other emulators accept any credentials. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** An error that the user can correct. Its message is all that is printed: there is no stack trace. */
export class LocalAwsError extends Error {
  override readonly name = 'LocalAwsError';
}
