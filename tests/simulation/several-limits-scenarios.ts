import { isOfRunning, type RunningLimit, type WorkLimit } from '../../shared/author/work-limit.ts';
import type { Start } from '../../shared/domain/state/limits/start-rate.ts';
import { expectRate, limitedBy, rated, startsIn } from './limit-scenarios.ts';
import { waitingFigures } from './limits.ts';
import type { Mutant } from './mutant.ts';
import { expectStatus, type Scenario } from './scenario.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** One each hundred seconds, after three at once. */
const ofAll = { key: 'api', perSecond: 0.01, burst: 3 };
/** Of these, a tenant has one each fifty seconds. */
const ofTenant = {
  key: (_payload: unknown, { tenant }: { readonly tenant: string }) => tenant,
  perSecond: 0.02,
};

const severalRates: Scenario = {
  name: 'jobs have a limit for each tenant, and one for all tenants',
  settings: { figures: waitingFigures, maxAdmissions: 12 },
  arrange: limitedBy(ofAll, ofTenant),
  act: async (client) => {
    const submit = (...tenants: readonly string[]) =>
      Promise.all(
        tenants.map((tenant, index) =>
          client.insist({ tenant, key: `${index}`, payload: { seconds: 1 }, maxAttempts: 4 }),
        ),
      );
    // The second job has a start of all, and none of its tenant: it gives the first back.
    await submit('a', 'a');
    await client.pause(5_000);
    await submit('b', 'c');
    await client.pause(55_000);
    await submit('d');
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const starts = startsIn(world);
    expectRate(starts, ofAll);
    expectRate(startsIn(world, { tenant: 'a' }), ofTenant);
    if (world.settings.plan) return;
    const [first = 0, last = 0] = [starts[0], starts.at(-1)];
    if (last - first > 200_000 + 14_000) throw new Violation('a start is used', starts.join(' '));
    const looks = world.calls.filter((call) => call === 'take a start').length;
    if (looks > 4 * starts.length)
      throw new Violation('a job looks twice for its starts', `${looks} looks for ${starts.length} starts`);
  },
};

const account = ({ seconds }: { readonly seconds: number }) => `account ${seconds}`;
const ofAccount = { key: account, perSecond: 0.1 };
const tenants = ['a', 'b'];

/** For a message, its admission, and the looks before the claim. */
const soonMs = 500;

const sameAccount: Scenario = {
  name: 'two tenants have jobs with the same key, which follows from the payload',
  settings: { figures: waitingFigures, net: true, maxAdmissions: 12 },
  arrange: (world) => {
    const { counting } = world.contracts;
    const limits = [ofAccount, { key: account, running: 1 }];
    if (counting) world.contracts = { ...world.contracts, counting: { ...counting, limits } };
  },
  act: async (client) => {
    const submit = (key: string) =>
      Promise.all(
        tenants.map((tenant) => client.insist({ tenant, key, payload: { seconds: 2 }, maxAttempts: 4 })),
      );
    await submit('first');
    await submit('second');
  },
  assert: (world) => {
    expectStatus(world, 'succeeded');
    const starts = tenants.map((tenant) => startsIn(world, { tenant }));
    for (const ofTenant of starts) expectRate(ofTenant, ofAccount);
    if (world.settings.plan) return;
    const [[ofOne = 0] = [], [ofOther = 0] = []] = starts;
    if (Math.abs(ofOne - ofOther) > soonMs)
      throw new Violation('a tenant does not wait for another one', starts.join(' and '));
  },
};

export const severalLimitsScenarios: readonly Scenario[] = [severalRates, sameAccount];

/** Jobs that count have these limits instead. */
const limitsAs =
  (change: (limit: WorkLimit | RunningLimit) => WorkLimit | RunningLimit): NonNullable<Mutant['contracts']> =>
  (contracts) => {
    const { counting } = contracts;
    const limits = counting?.limits?.map((limit) => change(limit as WorkLimit | RunningLimit));
    return counting && limits ? { ...contracts, counting: { ...counting, limits } } : contracts;
  };

/** The last start of each key, by any job. */
const lastOf = new WeakMap<World, Map<string, Start>>();

export const severalLimitsMutants: readonly Mutant[] = [
  {
    name: 'only the first limit of a type is kept',
    shownBy: severalRates.name,
    contracts: (contracts) => {
      const { counting } = contracts;
      return counting?.limits
        ? { ...contracts, counting: { ...counting, limits: counting.limits.slice(0, 1) } }
        : contracts;
    },
  },
  {
    name: 'a limit of starts whose key follows from the payload is one for all tenants',
    shownBy: sameAccount.name,
    contracts: limitsAs((limit) => (isOfRunning(limit) ? limit : { ...limit, acrossTenants: true })),
  },
  {
    name: 'a limit of what runs whose key follows from the payload is one for all tenants',
    shownBy: sameAccount.name,
    contracts: limitsAs((limit) => (isOfRunning(limit) ? { ...limit, acrossTenants: true } : limit)),
  },
  {
    name: 'a start of one limit is one of the other, too',
    shownBy: severalRates.name,
    ports: rated((rates) => ({
      take: (rate, now) => rates.take(rate.key === ofAll.key ? rate : { ...rate, key: ofAll.key }, now),
    })),
  },
  {
    name: 'a start that is not used is kept',
    shownBy: severalRates.name,
    ports: rated(() => ({ giveBack: async () => {} })),
  },
  {
    name: 'a start is given back that another job has taken since',
    shownBy: severalRates.name,
    ports: (ports, _role, world) => {
      const last = lastOf.get(world) ?? new Map<string, Start>();
      lastOf.set(world, last);
      return rated((rates) => ({
        take: async (rate, now) => {
          const start = await rates.take(rate, now);
          if (start) last.set(rate.key, start);
          return start;
        },
        giveBack: (rate, start) => rates.giveBack(rate, last.get(rate.key) ?? start),
      }))(ports);
    },
  },
];
