import { type RemoteService, remote } from '../../../../shared/author/remote.ts';
import { type Handler, measure, type Payload, type Result, settings } from './remote-sample.ts';

type Service = RemoteService<Payload, Result>;
type Job = Parameters<Handler>[1];

/** The handler, with a context that a bug has changed. */
const withContext =
  (change: (job: Job) => Job) =>
  (service: Service): Handler => {
    const right = remote<Payload, Result>(service, settings);
    return Object.assign((payload: Payload, job: Job) => right(payload, change(job)), {
      cancel: right.cancel,
    });
  };

/** It starts again what it does not know the id of. */
export const startWithoutFinding = (service: Service): Handler =>
  measure({ ...service, find: async () => undefined });

/** What it was about to start is forgotten: each attempt has a token of its own. */
export const tokenAnew = withContext((job) => {
  const { resume, ...rest } = job;
  return { ...rest, resume: resume?.remoteId === undefined ? undefined : resume };
});

/** Nothing is stored before the start. */
export const savedAfterTheStart = withContext((job) => ({
  ...job,
  checkpoint: async (state, options) => {
    if (state.remoteId !== undefined) await job.checkpoint(state, options);
  },
}));

/** It does not trust the first answer, and starts another one. */
export const startedTwiceInARow = (service: Service): Handler =>
  measure({
    ...service,
    start: async (call) => {
      await service.start(call);
      return service.start({ ...call, token: `${call.token}-again` });
    },
  });

/** The user's cancel ends the job, and not what it has started. */
export const cancelNotPassedOn = (service: Service): Handler =>
  Object.assign(remote<Payload, Result>(service, settings), { cancel: async () => {} });

/** What was started, and has no id yet, is not looked for when the job is canceled. */
export const canceledWithoutFinding = (service: Service): Handler => {
  const right = remote<Payload, Result>(service, settings);
  return Object.assign((...all: Parameters<Handler>) => right(...all), {
    cancel: async (...[payload, job]: Parameters<typeof right.cancel>) => {
      if (job.resume?.remoteId !== undefined) await right.cancel(payload, job);
    },
  });
};
