import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';

/** The deployment that this machine stands in for. The emulators have this one account. */
export const region = 'eu-central-1';
export const accountId = '000000000000';
export const stackName = 'job-worker-local';

const { LOCAL_AWS_SECRET } = process.env;

/**
 * The emulators accept only what is signed with them. Each start makes a secret of its own; a process that uses the
 * emulators of another process is given that one's.
 */
export const credentials = {
  accessKeyId: 'local',
  secretAccessKey: LOCAL_AWS_SECRET || randomBytes(24).toString('base64url'),
};

/** An error that the user can correct. Its message is all that is printed: there is no stack trace. */
export class LocalAwsError extends Error {
  override readonly name = 'LocalAwsError';
}

/**
 * The emulators of this process, by endpoint. A proxy of the same process hands calls to their servers, and opens no
 * second connection.
 */
export const emulatorServers = new Map<string, Server>();
