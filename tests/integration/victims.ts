import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { jobResponse } from '../../shared/http/job-response.ts';
import { isTerminal } from '../../shared/job/transitions.ts';
import type { AttackedSystem, HttpCall } from './attacked-system.ts';
import { eventually } from './eventually.ts';
import { lateJob } from './probes.ts';

/** Ids of jobs of the tenant that is attacked, which all have the tag. */
export interface Victims {
  /** It waits for its time, so it can be canceled. */
  readonly waiting: string;
  /** It can be retried. */
  readonly canceled: string;
  /** It has a result, and can be erased. */
  readonly succeeded: string;
  readonly tag: string;
}

export const withKey = (call: HttpCall, text: string): HttpCall => ({
  ...call,
  headers: { ...call.headers, authorization: `Bearer ${text}` },
});

/** Submits jobs with the key of their owner. Returns when nothing moves any more. */
export async function newVictims(system: AttackedSystem, key: string): Promise<Victims> {
  const tag = randomUUID();
  const submit = (job: object) => submitted(system, key, { ...job, tags: [tag] });
  const [waiting, canceled] = [await submit(lateJob), await submit(lateJob)];
  const succeeded = await submit({ type: 'countdown', payload: { seconds: 0 } });
  const cancel = { method: 'POST', path: `/jobs/${canceled}/cancel` };
  expect((await system.call(withKey(cancel, key))).status).toBe(200);
  await finished(system, key, succeeded);
  await settled(system);
  return { waiting, canceled, succeeded, tag };
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

/** Waits until no job runs and no message is about to be deleted. @returns the state of table and queues */
export const settled = async (system: AttackedSystem): Promise<string> => {
  let before = '';
  return eventually(async () => {
    const now = await system.snapshot();
    const isSettled = now === before && !now.includes('"running"');
    before = now;
    return isSettled ? now : undefined;
  }, 'the system to come to rest');
};
