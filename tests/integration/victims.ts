import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { signLink } from '../../shared/domain/access/signal-link.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import type { AttackedSystem, HttpAnswer, HttpCall } from './attacked-system.ts';
import { eventually } from './eventually.ts';
import { failingJob, lateBooking, lateJob, parentJob } from './probes.ts';

/** Ids of jobs of the tenant that is attacked, which all have the tag. */
export interface Victims {
  /** It waits for its time, so it can be canceled. */
  readonly waiting: string;
  /** It can be retried. */
  readonly canceled: string;
  /** It has a result, and can be erased. */
  readonly succeeded: string;
  /** What it was given can be read. */
  readonly failed: string;
  /** It takes an answer. */
  readonly asking: string;
  /** It has succeeded, and has children. */
  readonly parent: string;
  readonly tag: string;
}

export const withKey = (call: HttpCall, text: string): HttpCall => ({
  ...call,
  headers: { ...call.headers, authorization: `Bearer ${text}` },
});

export const withGrant = (call: HttpCall, grant: string): HttpCall => ({
  ...call,
  path: `${call.path}${call.path.includes('?') ? '&' : '?'}grant=${grant}`,
});

export const withLink = (call: HttpCall, link: string): HttpCall => ({
  ...call,
  path: `${call.path}${call.path.includes('?') ? '&' : '?'}link=${link}`,
});

/** A link for the answer that the victim waits for. */
export async function linkTo(system: AttackedSystem, id: string, key: string): Promise<string> {
  const terms = { createdAt: await creationOf(system, id, key), expiresAt: Date.now() + 3600_000 };
  return signLink({ id, name: 'approve', key: 'approve' }, terms, await system.links());
}

/** When a job was created, epoch milliseconds. */
export async function creationOf(system: AttackedSystem, id: string, key: string): Promise<number> {
  const { body } = await system.call(withKey({ method: 'GET', path: `/jobs/${id}` }, key));
  return Date.parse(jobResponse.parse(JSON.parse(body)).createdAt);
}

/** The grant in the link to a job's page. */
export async function grantOf(system: AttackedSystem, id: string, key: string): Promise<string> {
  const { body } = await system.call(withKey({ method: 'GET', path: `/jobs/${id}` }, key));
  return new URL(jobResponse.parse(JSON.parse(body)).pageUrl ?? '').searchParams.get('grant') ?? '';
}

/** Jobs that do not exist. */
export const nobody = '00000000-0000-4000-8000-000000000000';
export const nobodys: Victims = {
  waiting: nobody,
  canceled: nobody,
  succeeded: nobody,
  failed: nobody,
  asking: nobody,
  parent: nobody,
  tag: 'nothing',
};

/** Whether a call is about one of the victims: else it is the same for others. */
export const isAboutVictim = (call: (victims: Victims) => HttpCall, victims: Victims): boolean =>
  JSON.stringify(call(victims)) !== JSON.stringify(call(nobodys));

export const readsOf = (calls: readonly string[], table: 'access' | 'jobs'): number =>
  calls.filter((call) => call.startsWith(`GetItem ${table} `) && !isOfEnded(call)).length;

/** The look whether somebody has signed out from the session of a cookie, or has ended a link. */
export const isOfEnded = (call: string): boolean => call.startsWith('GetItem jobs ended-credential/');

/** Makes a call that must have no effect. What comes later, a snapshot shows. */
export async function callWithoutEffect(system: AttackedSystem, call: HttpCall): Promise<HttpAnswer> {
  const answer = await system.call(call);
  expect(changesIn(answer.calls)).toEqual([]);
  return answer;
}

/** The calls that may have changed a job or a queue. Of a key, pages write when it was used. */
const changesIn = (calls: readonly string[]): readonly string[] =>
  calls.filter(
    (call) =>
      !/^(GetItem|BatchGetItem|Query|Scan|DescribeTable|GetQueueAttributes|GetQueueUrl)\b|^\w+ access /.test(
        call,
      ),
  );

/** A text without the ids of jobs and keys. */
export const withoutIds = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|(?<=key\/)\w{12}|(?<=ended-credential\/)[\w-]{43}/g, 'id');

/** Submits jobs with the key of their owner. Returns when nothing moves any more. */
export async function newVictims(system: AttackedSystem, key: string): Promise<Victims> {
  const tag = randomUUID();
  const submit = (job: object) => submitted(system, key, { ...job, tags: [tag] });
  const [waiting, canceled] = [await submit(lateJob), await submit(lateJob)];
  // Without the tag: a bulk action by it would cancel this one before its answer comes.
  const asking = await submitted(system, key, lateBooking);
  const succeeded = await submit({ type: 'counting', payload: { seconds: 0 } });
  const failed = await submit(failingJob);
  const parent = await submit(parentJob);
  const cancel = { method: 'POST', path: `/jobs/${canceled}/cancel` };
  expect((await system.call(withKey(cancel, key))).status).toBe(200);
  for (const id of [succeeded, failed, parent]) await finished(system, key, id);
  await settled(system);
  return { waiting, canceled, succeeded, failed, asking, parent, tag };
}

async function submitted(system: AttackedSystem, key: string, job: object): Promise<string> {
  const call = { method: 'POST', path: '/jobs', body: JSON.stringify(job) };
  const { status, body } = await system.call(withKey(call, key));
  expect({ status, body }).toMatchObject({ status: 202 });
  return jobResponse.parse(JSON.parse(body)).id;
}

/** Waits until a job has ended. */
export const finished = (system: AttackedSystem, key: string, id: string) =>
  eventually(async () => {
    const { body } = await system.call(withKey({ method: 'GET', path: `/jobs/${id}` }, key));
    const job = jobResponse.parse(JSON.parse(body));
    return isTerminal(job.status) ? job : undefined;
  }, `job ${id} to end`);

/** Waits until no job runs and no message is in flight. @returns the state of table and queues */
export const settled = async (system: AttackedSystem): Promise<string> => {
  let before = '';
  return eventually(async () => {
    const now = await system.snapshot();
    const isSettled = now === before && !now.includes('"running"') && !(await system.hasInFlight());
    before = now;
    return isSettled ? now : undefined;
  }, 'the system to come to rest');
};
