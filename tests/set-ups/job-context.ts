import type { JobContext } from '../../shared/author/handler.ts';
import { objectOf } from '../../shared/worker/attempt/job-object.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { recordedLog } from '../../testkit/fakes/recorded-log.ts';
import { anId, jobId } from './samples.ts';

/** The context of a running job, with calls that do nothing. */
export const aJobContext = <State = never>(over: Partial<JobContext<State>> = {}): JobContext<State> => ({
  id: jobId,
  tenant: 'a tenant',
  run: 1,
  submittedAt: t0 - 1_000,
  attempt: 1,
  fencingToken: 1,
  signal: new AbortController().signal,
  log: recordedLog(),
  now: () => t0,
  uuid: () => anId(1),
  object: (name) =>
    objectOf(name, 'a tenant', { objects: new InMemoryObjectStore(), signal: new AbortController().signal }),
  output: () => {
    throw new Error('this test expects no output');
  },
  outputBytes: 0,
  resume: undefined,
  progress: () => {},
  pause: async () => {},
  limit: async (_name, call) => call(new AbortController().signal),
  checkpoint: async () => {},
  step: () => Promise.reject(new Error('this test expects no step')),
  waitFor: () => Promise.reject(new Error('this test expects no wait')),
  waitForSignal: () => Promise.reject(new Error('this test expects no wait')),
  signalLink: () => Promise.reject(new Error('this test expects no link')),
  spawn: () => Promise.reject(new Error('this test expects no children')),
  submit: () => Promise.reject(new Error('this test expects no submission')),
  call: () => Promise.reject(new Error('this test expects no children')),
  sleep: () => Promise.reject(new Error('this test expects no sleep')),
  ...over,
});
