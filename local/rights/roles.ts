import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import * as z from 'zod/mini';
import { accountId, credentials } from '../local-aws.ts';
import { type Call, type Grant, grant, grantFor } from './grants.ts';

/** The role of a function, or of a worker server. */
export interface Role {
  /** Of its function, as serverless.yml has it; or `server`. */
  readonly name: string;
  readonly grants: readonly Grant[];
}

/** What a process hands over to that of the emulators. */
export const handedOver = z.record(z.string(), z.object({ name: z.string(), grants: z.array(grant) }));

/** By the access key of who has the role. */
const roles = new Map<string, Role>();

/** Two systems that share emulators have roles of their own. @returns a new access key for each of these roles, by name */
export function accessKeysOf(names: readonly string[]): Readonly<Record<string, string>> {
  const system = randomBytes(4).toString('hex');
  return Object.fromEntries(names.map((name) => [name, [credentials.accessKeyId, system, name].join('.')]));
}

/** Who has one of these access keys may from now on do what its role allows, and nothing else. */
export function putRoles(byAccessKey: Readonly<Record<string, Role>>): void {
  for (const [accessKeyId, role] of Object.entries(byAccessKey)) {
    roles.set(accessKeyId, role);
    for (const { action, name } of role.grants)
      note({ kind: 'granted', by: role.name, action, resource: name });
  }
}

/** Why a call is refused, in AWS's words. */
export interface Denial {
  readonly code: 'AccessDeniedException' | 'UnrecognizedClientException';
  readonly message: string;
}

/**
 * Asks the role of who calls, as IAM would. This machine itself, and who operates the system, may do everything.
 * @param readCalls is asked only if there is a role to ask
 */
export async function denialOf(
  accessKeyId: string,
  readCalls: () => readonly Call[] | Promise<readonly Call[]>,
): Promise<Denial | undefined> {
  if (accessKeyId === credentials.accessKeyId) return undefined;
  const role = roles.get(accessKeyId);
  if (role === undefined)
    return {
      code: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
  const denied = (await readCalls()).find((call) => !isAllowed(role, call));
  if (denied === undefined) return undefined;
  const { action, resource } = denied;
  tell(role.name, denied);
  const user = `arn:aws:sts::${accountId}:assumed-role/${role.name}/local`;
  return {
    code: 'AccessDeniedException',
    message: `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  };
}

/** Whether S3 tells who has this key that an object is missing: nobody was refused if not. */
export const mayCall = (accessKeyId: string, call: Call): boolean => {
  const role = roles.get(accessKeyId);
  return accessKeyId === credentials.accessKeyId || (role !== undefined && isAllowed(role, call));
};

function isAllowed({ name, grants }: Role, call: Call): boolean {
  const by = grantFor(grants, call);
  if (by) note({ kind: 'used', by: name, action: by.action, resource: by.name });
  return by !== undefined;
}

const told = new Set<string>();

/** Says once what a role lacks, and where to write it: who made the call may have swallowed the refusal. */
function tell(by: string, { action, resource }: Call): void {
  note({ kind: 'denied', by, action, resource });
  const key = [by, action, resource].join(' ');
  if (told.has(key)) return;
  told.add(key);
  const right = `{ actions: ['${action}'], resources: ['${resource}'] }`;
  console.error(
    [
      `AWS would refuse a call, and so does this machine: the role of ${by} does not allow ${action} on ${resource}.`,
      `  Does a job type make the call? Add to the rights in its uses.ts: ${right}`,
      `  Does the engine? ${usesOf(by)} lacks a capability of shared/aws/uses/capabilities.ts.`,
    ].join('\n'),
  );
}

const usesOf = (by: string): string =>
  by === 'server'
    ? 'shared/aws/uses/server-uses.ts'
    : `functions/${by.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}/uses.ts`;

/** A right as a run of tests hears of it. */
export const noted = z.object({
  kind: z.enum(['granted', 'used', 'denied']),
  by: z.string(),
  action: z.string(),
  /** As the template names it; of a denial, the ARN. */
  resource: z.string(),
});

const written = new Set<string>();

/** Writes it down once, where a run of tests has a folder for what its systems were granted, used and were refused. */
function note(right: z.infer<typeof noted>): void {
  const { LOCAL_RIGHTS_FOLDER: folder } = process.env;
  if (folder === undefined) return;
  const line = JSON.stringify(right);
  if (written.has(line)) return;
  written.add(line);
  appendFileSync(join(folder, `${process.pid}-${threadId}.jsonl`), `${line}\n`);
}
