/** The deployment that this machine stands in for. The emulators have this one account. */
export const region = 'eu-central-1';
export const accountId = '000000000000';

/** The S3 of this machine accepts only what is signed with them. The other emulators accept any credentials. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The access key of a role that may list these prefixes alone: it stands for what IAM would look up. */
export const accessKeyOf = (prefixes: readonly string[]): string =>
  [credentials.accessKeyId, ...prefixes].join('.');

/** Whether who has this key may list the prefix of an object. That of this machine itself may list all. */
export function mayList(accessKeyId: string, name: string): boolean {
  const [, ...prefixes] = accessKeyId.split('.');
  return accessKeyId === credentials.accessKeyId || prefixes.includes(name.split('/')[0] ?? '');
}

/** An error that the user can correct. Its message is all that is printed: there is no stack trace. */
export class LocalAwsError extends Error {
  override readonly name = 'LocalAwsError';
}
