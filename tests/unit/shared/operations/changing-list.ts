import fc from 'fast-check';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { listKeyOf } from '../../../../shared/job/list-keys.ts';
import type { Listed } from '../../../../shared/job/ports.ts';
import type { JobFilter, JobPage } from '../../../../shared/operations/list-jobs.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aListing } from '../../../set-ups/listing.ts';
import { anId } from '../../../set-ups/samples.ts';

/** A list that changes between its pages, and while one of them is read. */

const listShards = 4;
const tenant = 'a tenant';
const maxJobs = 99;
const types = ['countdown', 'csv-aggregate'];
const groups = ['g', 'h'];
/** Of a job that is as large as it can be. Six of these, and a page ends at its units. */
const largeState = 's'.repeat(390_000);

const optional = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
const aNumber = fc.integer({ min: 1, max: maxJobs });

const submissions = fc.record({
  number: aNumber,
  /** How much later than the one before. */
  later: fc.nat(2),
  type: fc.constantFrom(...types),
  group: optional(fc.constantFrom(...groups)),
  tags: fc.subarray(['red', 'blue']),
  /** How many shards the list has for whoever submits it. */
  shards: fc.constantFrom(1, 2, listShards),
  isLarge: fc.constantFrom(false, false, false, true),
});
type Submission = typeof submissions extends fc.Arbitrary<infer T> ? T : never;

const jobChangeNames = ['fail', 'retry', 'succeed', 'erase', 'expire'] as const;
type JobChange = (typeof jobChangeNames)[number];

const changes = fc.oneof(
  fc.record({ kind: fc.constantFrom('submit' as const, 'replace'), submission: submissions }),
  fc.record({
    kind: fc.constantFrom(...jobChangeNames),
    number: aNumber,
  }),
  fc.record({ kind: fc.constant('catchUp' as const), every: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('throttle' as const), calls: fc.integer({ min: 1, max: 3 }) }),
);
type Change = typeof changes extends fc.Arbitrary<infer T> ? T : never;

export const histories = fc.record({
  submitted: fc.array(submissions, { minLength: 40, maxLength: maxJobs }),
  /** What happens before the first page. */
  before: fc.array(changes, { maxLength: 30 }),
  meanwhile: fc.array(changes, { maxLength: 60 }),
  /** How much of it happens before each call. */
  paces: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
});
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

export const filters: fc.Arbitrary<JobFilter> = fc.record({
  status: optional(fc.constantFrom('queued', 'failed', 'succeeded')),
  type: optional(fc.constantFrom(...types)),
  group: optional(fc.constantFrom(...groups)),
  tags: optional(fc.subarray(['red', 'blue'])),
  since: optional(fc.integer({ min: t0 - 1, max: t0 + 40 })),
  until: optional(fc.integer({ min: t0 + 20, max: t0 + 90 })),
});

export function matches(item: JobItem, filter: JobFilter): boolean {
  const { since = 0, until = Number.POSITIVE_INFINITY, tags = [], ...same } = filter;
  const hasSame = (['status', 'type', 'group'] as const).every(
    (key) => same[key] === undefined || same[key] === item[key],
  );
  const isInRange = since <= item.createdAt && item.createdAt < until;
  return item.tenant === tenant && hasSame && isInRange && tags.every((tag) => item.tags?.includes(tag));
}

/** A list with a history. `tell` tells the rest of it, some at each call. */
function aChangingList() {
  const listing = aListing({ listShards });
  const { store, list } = listing;
  let after = 0;
  let throttled = 0;
  list.lags = true;

  async function submit({ number, later, group, isLarge, ...more }: Submission): Promise<void> {
    after += later;
    const owner = number % 4 === 0 ? 'another' : tenant;
    const id = anId(number);
    const isNew = !store.items.has(id);
    await listing.submit({ id, after, tenant: owner, ...more, ...(group ? { group } : {}) });
    if (isNew && isLarge) listing.set(id, { checkpoint: largeState });
  }

  const changeJob = async (kind: JobChange, id: string): Promise<void> => {
    if (store.items.has(id)) await listing[kind](id);
  };

  async function change(one: Change): Promise<void> {
    if ('submission' in one) {
      if (one.kind === 'replace') listing.expire(anId(one.submission.number));
      await submit(one.submission);
    }
    if ('number' in one) await changeJob(one.kind, anId(one.number));
    if ('calls' in one) throttled = one.calls;
    if ('every' in one) {
      let count = 0;
      list.catchUp(() => count++ % one.every === 0);
    }
  }

  const isThrottled = (): boolean => {
    throttled -= 1;
    return throttled >= 0;
  };
  return { ...listing, submit, change, isThrottled };
}

/** Reads all pages of a list while it changes. @returns the pages, and the ids of the jobs that have to be in them */
export async function readWhileItChanges(
  { submitted, before, meanwhile, paces }: History,
  asked: { readonly filter: JobFilter; readonly limit: number },
) {
  const { store, list, submit, change, isThrottled, page } = aChangingList();
  for (const one of submitted) await submit(one);
  for (const one of before) await change(one);

  const isListed = ({ id, position }: Listed) => {
    const item = store.items.get(id);
    return item?.listPosition === position && matches(item, asked.filter);
  };
  const keys = Array.from({ length: listShards }, (_, shard) => listKeyOf(tenant, shard));
  const used = asked.filter.status === 'failed' ? 'failed' : 'all';
  const inTheList = () =>
    list.entries().filter((entry) => entry.list === used && keys.includes(entry.key) && isListed(entry));
  let expected = inTheList();

  const left = [...meanwhile];
  let calls = 0;
  const goOn = async () => {
    for (let pace = paces[calls++ % paces.length] ?? 0; pace > 0; pace -= 1) {
      const next = left.shift();
      if (next) await change(next);
      expected = expected.filter(isListed);
    }
    return isThrottled();
  };
  // One call after the other, so that nothing happens unseen.
  let turn: Promise<boolean> = Promise.resolve(false);
  list.before = async () => {
    turn = turn.then(goOn);
    if (await turn) throw new StoreUnavailableError('throttled');
  };

  const pages: JobPage[] = [];
  const repeated = async (below: string | undefined): Promise<JobPage> => {
    for (;;) {
      const result = await page({ ...asked.filter, limit: asked.limit, below }).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailableError)) throw error;
      });
      if (result) return result;
      if (pages.length === 0) expected = inTheList();
    }
  };
  let next: string | undefined;
  do {
    const result = await repeated(next);
    pages.push(result);
    next = result.next;
  } while (next !== undefined && pages.length < 200);
  return { pages, expected: expected.map(({ id }) => id) };
}
