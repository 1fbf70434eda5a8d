import { batchPath, type ChildOptions, listChildren } from './children.ts';
import type { CallOptions, Client, SignalOptions } from './client.ts';
import { type Connection, callApi } from './connection.ts';
import type { Contracts } from './contracts.ts';
import { authorizer, type Credential } from './credential.ts';
import { NotFoundError } from './errors.ts';
import { follow } from './follow.ts';
import type { Batch, ChildJob, Job, JobReference, JobType, Schedule } from './job.ts';
import { outcomes } from './job-status.ts';
import { type ListOptions, listJobs } from './list.ts';
import { jobIdOf, jobPath } from './reference.ts';
import { download, readResult } from './result.ts';
import { keyHeader, submitJob } from './submit.ts';
import { submitAll } from './submit-all.ts';
import { uploadObject } from './upload.ts';
import { waitForEnd } from './wait.ts';
import { defaultRetries, type RetryLimits } from './with-retries.ts';

export interface ClientOptions<Known extends Contracts> extends Credential {
  /** Of the stage, such as `https://jobs.example.com`. */
  readonly url: string | URL;
  /** What the stage's job types promise: payloads are checked before they are sent, and results have types. */
  readonly contracts?: Known | undefined;
  /** In place of the global one. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Default: 8 tries, within 120 seconds. */
  readonly retries?: Partial<RetryLimits> | undefined;
}

/** Connects to nothing yet. @throws TypeError for a URL that is none, and for two credentials */
export function createClient<Known extends Contracts = Contracts>({
  url,
  contracts,
  fetch = (request) => globalThis.fetch(request),
  retries,
  ...credential
}: ClientOptions<Known>): Client<Known> {
  const connection: Connection = {
    url: new URL(url).href.replace(/\/+$/, ''),
    authorize: authorizer(credential),
    fetch,
    retries: { ...defaultRetries, ...retries },
  };
  const calls: UntypedCalls = {
    ...submitting(contracts, connection),
    ...following(connection),
    ...changing(connection),
    ...operating(connection),
  };
  // What comes by the wire is typed by what was submitted: the API keeps the contracts, and nobody checks them here
  // again.
  return calls as Client<Known>;
}

/** All calls of a client, of jobs whose payloads and results are unknown. */
type UntypedCalls = {
  readonly [Name in keyof Client]: Client[Name] extends (...args: infer Args) => infer Answer
    ? (...args: Args) => Answer
    : never;
};

const submitting = (contracts: Contracts | undefined, connection: Connection) =>
  ({
    submit: (type, payload, options) => submitJob({ ...options, type, payload }, contracts, connection),
    submitAll: (jobs, options) => submitAll(jobs, options?.signal, { contracts, connection }),
    upload: (body, options = {}) => uploadObject(body, options, connection),
  }) satisfies Partial<Client>;

const following = (connection: Connection) => {
  const { url } = connection;
  const get = async (job: JobReference, options?: CallOptions): Promise<Job> =>
    callApi(`GET ${jobPath(job, url)}`, options, connection);
  return {
    get,
    wait: (job: JobReference, options = {}) => waitForEnd(job, options, connection),
    watch: (job: JobReference, options?: CallOptions) => follow(job, options?.signal, connection),
    list: (filter: ListOptions = {}) => listJobs(filter, connection),
    batches: async (job: JobReference, options?: CallOptions) =>
      (await callApi<Items<Batch>>(`GET ${jobPath(job, url)}/children`, options, connection)).items,
    children: (job: JobReference, key: string, options?: ChildOptions) =>
      listChildren(job, { ...options, key }, connection),
    child: async (job: JobReference, key: string, index: number, options?: CallOptions) =>
      callApi<ChildJob>(`GET ${jobPath(job, url)}/${batchPath(key)}/${index}`, options, connection),
    async result(reference: JobReference, options?: CallOptions): Promise<unknown> {
      const job = await get(reference, options);
      if (outcomes[job.status] === 'succeeded') return readResult(job, options?.signal, connection);
      // It says why there is none, or the job has ended meanwhile.
      return (await download(job.id, options?.signal, connection)).json();
    },
    download: async (job: JobReference, options?: CallOptions) =>
      download(jobIdOf(job, url), options?.signal, connection),
  };
};

const changing = (connection: Connection) => {
  const { url } = connection;
  const post = async (job: JobReference, path: string, call?: Parameters<typeof callApi<Job>>[1]) =>
    callApi<Job>(`POST ${jobPath(job, url)}/${path}`, call, connection);
  return {
    cancel: (job: JobReference, options?: CallOptions) => post(job, 'cancel', options),
    retry: (job: JobReference, options?: CallOptions) => post(job, 'retry', { ...options, isOnce: true }),
    cancelChild: (job: JobReference, key: string, index: number, options?: CallOptions) =>
      post(job, `${batchPath(key)}/${index}/cancel`, options),
    // A second one might come in the next round, and ask for a further one.
    retryChildren: (job: JobReference, key: string, options?: CallOptions) =>
      post(job, `${batchPath(key)}/retry`, { ...options, isOnce: true }),
    signal: (
      job: JobReference,
      name: string,
      answer: unknown = null,
      { key = name, ...options }: SignalOptions = {},
    ) => {
      const path = `signals/${encodeURIComponent(name)}?key=${encodeURIComponent(key)}`;
      return post(job, path, { ...options, body: JSON.stringify(answer) });
    },
    async erase(job: JobReference, options: CallOptions = {}): Promise<void> {
      let tries = 0;
      const authorize = (request: Request) => {
        tries += 1;
        return connection.authorize(request);
      };
      const call = { ...options, read: () => {} };
      await callApi(`DELETE ${jobPath(job, url)}`, call, { ...connection, authorize }).catch(
        (error: unknown) => {
          // An earlier try has erased it, and only its answer was lost.
          if (!(error instanceof NotFoundError && tries > 1)) throw error;
        },
      );
    },
  };
};

interface Items<Item> {
  readonly items: readonly Item[];
}

const operating = (connection: Connection) => {
  const post = async <Body>(
    name: string,
    action: string,
    options?: CallOptions & { readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Body> => callApi(`POST /schedules/${encodeURIComponent(name)}/${action}`, options, connection);
  const items = async <Item>(path: string, options?: CallOptions) =>
    (await callApi<Items<Item>>(`GET ${path}`, options, connection)).items;
  return {
    jobTypes: (options) => items<JobType>('/job-types', options),
    schedules: (options) => items<Schedule>('/schedules', options),
    runSchedule: async (name, { signal, idempotencyKey = crypto.randomUUID() } = {}) =>
      post<Job>(name, 'run', { signal, headers: { 'idempotency-key': keyHeader(idempotencyKey) } }),
    pauseSchedule: (name, options) => post<Schedule>(name, 'pause', options),
    resumeSchedule: (name, options) => post<Schedule>(name, 'resume', options),
  } satisfies Partial<Client>;
};
