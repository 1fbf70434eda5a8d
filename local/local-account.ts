/** The one account that the emulators know, and the deployment that this machine stands in for. */
export const region = 'eu-central-1';
export const accountId = '000000000000';

/** Job ids are derived from it: it must not change, or a key used before a restart would be another job's after it. */
export const stackId = `arn:aws:cloudformation:${region}:${accountId}:stack/local/00000000-0000-0000-0000-000000000000`;

/** The emulators take any. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
