import { isLoopback, isPrivate } from '../arguments/parse-address.ts';
import { tenantText } from '../arguments/tenant.ts';
import type { Ending } from '../ending.ts';
import { jsonIn, type ListedJob, NetworkError, ProblemError } from '../library.ts';
import { durationText, localText } from '../terminal/job-text.ts';
import { plainText } from '../terminal/plain-text.ts';
import { describeFailure, localKeyAdvice } from './describe-failure.ts';
import { jobKeyRule } from './find-system.ts';
import type { Session } from './session.ts';

export interface Check {
  readonly level: 'good' | 'notice' | 'bad';
  readonly text: string;
}

interface Diagnosis {
  readonly checks: readonly Check[];
  readonly ending: Ending;
  /** The same for programs. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The `Date` of an answer has whole seconds, and takes a moment to arrive. */
const maxSkewSeconds = 5;

/** Looks at what may be wrong between this machine and the API. @throws the signal's reason */
export async function checkSystem(session: Session): Promise<Diagnosis> {
  const { url, source = 'default', keySource } = session;
  const versions = { jobctl: session.version, node: process.version };
  const own = [
    { level: 'good', text: `jobctl ${versions.jobctl} on Node.js ${versions.node}` },
    ...checkSettings(session),
  ] as const;
  const health = await checkHealth(session);
  if ('why' in health)
    return {
      checks: [...own, { level: 'bad', text: health.why }],
      ending: 'unreachable',
      facts: { url, source, keySource, isReachable: false, versions },
    };
  const [api, caller] = await Promise.all([apiVersion(session), findCaller(session)]);
  const credential = checkCredential(caller, session);
  // Times of the API are compared with its own clock.
  const now = () => session.now() - 1000 * (health.skewSeconds ?? 0);
  const mayRead = caller?.rights.includes('read') ?? false;
  const waiting = mayRead ? [await checkWaitingJobs({ call: session.call, now })] : [];
  return {
    checks: [
      ...own,
      ...checksOf(health, url),
      { level: 'good', text: `API ${api}` },
      ...credential.checks,
      ...waiting,
    ],
    ending: credential.ending,
    facts: {
      url,
      source,
      keySource,
      isReachable: true,
      millisecondsToAnswer: health.tookMs,
      clockSkewSeconds: health.skewSeconds,
      hasCredential: session.key !== undefined,
      isAccepted: caller !== undefined,
      tenant: caller?.tenant,
      rights: caller?.rights ?? [],
      limits: caller?.limits ?? {},
      versions: { ...versions, api },
    },
  };
}

/** What has named the system and the key. */
function checkSettings({ url, source, keySource, isKeyIgnored }: Session): readonly Check[] {
  const named = source === undefined ? 'the local system, as nothing names another' : `named by ${source}`;
  const key = keySource === undefined ? '' : `, with the key ${keySource}`;
  const ignored = `JOB_KEY is not sent there: ${jobKeyRule}`;
  return [
    { level: 'good', text: `${url}: ${named}${key}` },
    ...(isKeyIgnored ? [{ level: 'notice' as const, text: ignored }] : []),
  ];
}

interface Health {
  readonly tookMs: number;
  /** By how much the clock here is ahead; undefined if the answer has no time. */
  readonly skewSeconds: number | undefined;
}

const notOfTheApi = new NetworkError('The answer is not one of the API.');

async function checkHealth(session: Session): Promise<Health | { readonly why: string }> {
  const { now, place } = session;
  const start = now();
  try {
    // Everybody may ask for it: what is wrong with the key does not matter yet.
    const answer = await session.callOpenly('GET /health');
    const end = now();
    if (answer.status !== 200 || !('status' in jsonIn<object>(answer))) throw notOfTheApi;
    const shown = Date.parse(answer.headers.get('date') ?? '');
    const skew = ((start + end) / 2 - (shown + 500)) / 1000;
    return { tookMs: end - start, skewSeconds: Number.isNaN(skew) ? undefined : Math.round(skew) };
  } catch (error) {
    const failure = error instanceof ProblemError ? notOfTheApi : error;
    if (!(failure instanceof NetworkError)) throw error;
    return { why: describeFailure(failure, place).text };
  }
}

function checksOf({ tookMs, skewSeconds }: Health, url: string): readonly Check[] {
  return [
    { level: 'good', text: `${url} answers, in ${tookMs} ms` },
    checkClock(skewSeconds),
    ...(isPrivate(url)
      ? []
      : [
          {
            level: 'notice' as const,
            text: 'the address is http: everybody on the way can read what is sent',
          },
        ]),
  ];
}

function checkClock(skewSeconds: number | undefined): Check {
  if (skewSeconds === undefined)
    return { level: 'notice', text: 'the clock here: the API does not tell its time' };
  if (Math.abs(skewSeconds) <= maxSkewSeconds) return { level: 'good', text: 'the clock here is right' };
  const distance = `${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'}`;
  return {
    level: 'notice',
    text: `the clock here is ${distance} that of the API: times such as --at 17:00 are off by as much`,
  };
}

async function apiVersion(session: Session): Promise<string> {
  const { info }: { info?: { version?: unknown } } = await session
    .callOpenly('GET /openapi.json')
    .then(jsonIn<object>)
    // What else is wrong, the next call says.
    .catch(() => ({}));
  return plainText(String(info?.version ?? 'of an unknown version'));
}

/** Who the credential stands for, as `GET /me` has it. */
interface Caller {
  readonly tenant: string;
  readonly rights: readonly string[];
  readonly key?: { readonly id: string; readonly expiresAt?: string };
  readonly limits?: Readonly<Record<string, { readonly max: number; readonly remaining?: number }>>;
}

/** @returns undefined if the credential is not accepted. @throws ProblemError, NetworkError; the signal's reason */
async function findCaller({ call }: Session): Promise<Caller | undefined> {
  try {
    return await call<Caller>('GET /me');
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) return undefined;
    throw error;
  }
}

function checkCredential(
  caller: Caller | undefined,
  { url, key: sent, keySource }: Session,
): { readonly checks: readonly Check[]; readonly ending: Ending } {
  if (!caller) {
    const text =
      sent === undefined
        ? `${url} asks for a credential, and there is none for it: JOB_KEY, or a profile`
        : `the key ${keySource} is not accepted`;
    const advice = isLoopback(url) ? `; ${localKeyAdvice}` : '';
    return { checks: [{ level: 'bad', text: text + advice }], ending: 'denied' };
  }
  const { tenant, rights, key } = caller;
  const expires = key?.expiresAt === undefined ? '' : `, until ${localText(key.expiresAt)}`;
  const who =
    key === undefined ? 'no credential is needed' : `the key ${plainText(key.id)} is accepted${expires}`;
  const text = `${who}; tenant ${tenantText(tenant)}; rights: ${rights.join(', ') || 'none'}`;
  return { checks: [{ level: 'good', text }, ...checkLimits(caller)], ending: 'ok' };
}

/** How it stands with each limit of the tenant. Without one there is nothing to say. */
const checkLimits = ({ limits = {} }: Caller): readonly Check[] =>
  Object.entries(limits).map(([name, { max, remaining }]) => ({
    level: remaining === 0 ? 'notice' : 'good',
    text: `the limit ${plainText(name)} is ${max}${remaining === undefined ? '' : `, and ${remaining} are left now`}`,
  }));

/**
 * A queue that moves starts a job within seconds. The page of a job has the same rule (functions/pages/job/job-page.ts).
 */
const patienceMs = 60_000;

/** Whether jobs wait that a worker could have taken: theirs may not be able to run, and nothing else tells of that. */
export async function checkWaitingJobs({ call, now }: Pick<Session, 'call' | 'now'>): Promise<Check> {
  const target = 'GET /jobs?status=queued&limit=100';
  const { items } = await call<{ readonly items: readonly ListedJob[] }>(target);
  const waiting = items
    // A job of a group waits for those before it, and one that waits for anything but a time waits for no worker.
    .filter(({ group }) => group === undefined)
    .filter(
      ({ waitReason, runAt, notBefore }) => waitReason === undefined || (runAt ?? notBefore) !== undefined,
    )
    .map((job) => ({ ...job, waitedMs: now() - couldStartAt(job) }))
    .filter(({ waitedMs }) => waitedMs > patienceMs)
    .sort((one, other) => other.waitedMs - one.waitedMs);
  const [first] = waiting;
  if (!first) return { level: 'good', text: 'no job waits for a worker' };
  const others = waiting.length > 1 ? `, and so do ${waiting.length - 1} others` : '';
  return {
    level: 'notice',
    text: `${plainText(first.type)} ${first.id} has waited for a worker for ${durationText(first.waitedMs)}${others}: its queue is long, or its worker cannot run. See the log of its function, or what npm start has printed`,
  };
}

const couldStartAt = ({ updatedAt, runAt = updatedAt, notBefore = updatedAt }: ListedJob): number =>
  Math.max(...[updatedAt, runAt, notBefore].map(Date.parse));
