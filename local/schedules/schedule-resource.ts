import { signedHeadersOf } from '../doors/sign-request.ts';
import { accountId, credentials, LocalAwsError, region } from '../local-aws.ts';
import type { Described, Resolve } from '../resolve-references.ts';

type Properties = Readonly<Record<string, unknown>>;

interface Resource {
  readonly name: string;
  readonly properties: Properties;
  readonly resolve: Resolve;
}

/** The name of a schedule or of a group of them. */
export const scheduleNameOf = (id: string, { Name = id }: Properties): string => String(Name);

/** What `Ref` and `Fn::GetAtt` return for an `AWS::Scheduler::ScheduleGroup`. */
export const describeScheduleGroup = (name: string): Described => ({
  ref: name,
  attributes: { Arn: `arn:aws:scheduler:${region}:${accountId}:schedule-group/${name}` },
});

export const roleNameOf = (id: string, { RoleName = id }: Properties): string => String(RoleName);

/** What they return for an `AWS::IAM::Role`. On this machine a role is only a name. */
export const describeRole = (name: string): Described => ({
  ref: name,
  attributes: { Arn: `arn:aws:iam::${accountId}:role/${name}` },
});

/** Creates the group unless it exists. */
export async function createScheduleGroup(schedulerEndpoint: string, name: string): Promise<void> {
  await call(`${schedulerEndpoint}/schedule-groups/${name}`, {}, ['POST']);
}

/** Creates the schedule, or makes the one that exists the same. */
export async function putSchedule(
  schedulerEndpoint: string,
  { name, properties, resolve }: Resource,
): Promise<void> {
  const { Name: _name, ...definition } = properties;
  // The properties have the same names in CloudFormation and in the API.
  await call(`${schedulerEndpoint}/schedules/${name}`, resolve(definition), ['POST', 'PUT']);
}

/** Tries the methods, until one is not answered that there is a conflict. A conflict with the last one is none. */
async function call(url: string, definition: unknown, methods: readonly string[]): Promise<void> {
  const body = JSON.stringify(definition);
  for (const method of methods) {
    const request = { method, url, body, service: 'scheduler' } as const;
    const headers = signedHeadersOf(request, { ...credentials, region }, Date.now());
    const response = await fetch(url, { method, headers, body });
    if (response.status === 409) continue;
    if (!response.ok) throw new LocalAwsError(`${method} ${url}: ${await response.text()}`);
    return;
  }
}
