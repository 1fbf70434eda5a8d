import type { JobHandler } from '../../../shared/author/handler.ts';
import { childHandler, childResult } from '../../../testkit/children.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import type { GivenSignal } from '../../../testkit/job-under-test.ts';
import type { SqlDatabase } from '../../../testkit/sql-database.ts';
import * as after from '../../fixtures/kit-modules/job-types/after-crash.ts';
import * as answers from '../../fixtures/kit-modules/job-types/answers.ts';
import * as families from '../../fixtures/kit-modules/job-types/families.ts';
import * as keys from '../../fixtures/kit-modules/job-types/keys.ts';
import * as modules from '../../fixtures/kit-modules/job-types/modules.ts';
import * as sql from '../../fixtures/kit-modules/job-types/sql.ts';
import * as services from './stranger-services.ts';

/** Faults as somebody plants them who knows the docs alone, and has not seen how the kit finds them. */

type Row = readonly [name: string, kind: FindingKind, test: () => Promise<unknown>];
const allow: readonly FindingKind[] = ['effect never happens'];

const orders = { orders: ['o-1', 'o-2', 'o-3'] };
const { billing: contract } = after;

const payments = [
  { customer: 'ada', cents: 1 },
  { customer: 'bob', cents: 2 },
  { customer: 'eva', cents: 3 },
];
const paying =
  (handlerWith: (bank: keys.Bank) => JobHandler<typeof keys.paying>, list = payments) =>
  () => {
    const options = { effects: services.bank, allow };
    return cutEverywhere({ contract: keys.paying, handlerWith }, { payments: list }, options);
  };
const payingTwice = (handlerWith: (bank: keys.Bank) => JobHandler<typeof keys.paying>) =>
  paying(handlerWith, [...payments, { customer: 'ada', cents: 4 }]);

const exporting = (handlerWith: (storage: modules.Storage) => JobHandler<typeof modules.exporting>) => () => {
  const options = { effects: services.storage, allow };
  return cutEverywhere(
    { contract: modules.exporting, handlerWith },
    { rows: ['a', 'b', 'c', 'd', 'e'] },
    options,
  );
};

const children = {
  'sync-account': childHandler(families.syncAccount, families.syncOne),
  'sync-some': childResult(families.syncSome, (list) => ({ rows: list.length })),
};
const syncing = (handlerWith: (crm: families.Crm) => JobHandler<typeof families.syncAll>) => () => {
  const options = { effects: services.crm, children, allow };
  return cutEverywhere(
    { contract: families.syncAll, handlerWith },
    { accounts: ['a', 'bb', 'ccc'] },
    options,
  );
};

const yes = (more = {}): readonly GivenSignal[] => [{ name: 'approve', answer: { isOk: true }, ...more }];
const asking =
  (handlerWith: (office: answers.Office) => JobHandler<typeof answers.expense>, signals = yes()) =>
  () => {
    const options = { effects: services.office, signals, allow };
    return cutEverywhere({ contract: answers.expense, handlerWith }, { manager: 'eva', cents: 100 }, options);
  };

const items = [
  { sku: 'a', amount: 1 },
  { sku: 'b', amount: 2 },
];
const isStocked = (database: SqlDatabase) =>
  database
    .rows('select amount from stock order by sku')
    .map(({ amount }) => amount)
    .join() === '1,2';
const has = (rows: number, table: string) => (database: SqlDatabase) =>
  database.rows(`select * from ${table}`).length === rows;
export const stocking =
  (adapter: Parameters<typeof services.stock>[0], isRight = isStocked) =>
  () => {
    const options = { outside: services.stock(adapter, isRight) };
    return cutEverywhere({ contract: sql.stocking, handlerWith: sql.stocks }, { items }, options);
  };

const afterCrash: readonly Row[] = [
  [
    'a number that was drawn',
    'wrong outside',
    () => cutEverywhere({ contract, handlerWith: after.drawsNumber }, orders, { outside: services.sequence }),
  ],
  [
    'a balance that was read',
    'wrong outside',
    () => cutEverywhere({ contract, handlerWith: after.readsAndAdds }, orders, { outside: services.account }),
  ],
  [
    'a lock of its own',
    'wrong end',
    () => cutEverywhere({ contract, handlerWith: after.ownLock }, orders, { effects: services.locks }),
  ],
  [
    'a mark before the work',
    'effect missing',
    () => cutEverywhere({ contract, handlerWith: after.marksFirst }, orders, { effects: services.markers }),
  ],
  [
    'half a file',
    'wrong outside',
    () => cutEverywhere({ contract, handlerWith: after.appends }, orders, { outside: services.remoteFile }),
  ],
  [
    'files that were moved',
    'wrong result',
    () => cutEverywhere({ contract, handlerWith: after.movesFiles }, orders, { effects: services.inbox }),
  ],
  [
    'a mail of a step',
    'effect repeated',
    () => cutEverywhere({ contract, handlerWith: after.mailsInStep }, orders, { effects: services.mailbox }),
  ],
  [
    'a refund by an attempt that failed',
    'wrong outside',
    () =>
      cutEverywhere({ contract, handlerWith: after.refundsTooEarly }, orders, {
        outside: services.shop,
        allow,
      }),
  ],
  [
    'a count in another system',
    'wrong outside',
    () =>
      cutEverywhere({ contract, handlerWith: after.countsElsewhere }, orders, { outside: services.counter }),
  ],
  [
    'a reservation whose answer was lost',
    'wrong outside',
    () => cutEverywhere({ contract, handlerWith: after.reservesAgain }, orders, { outside: services.seats }),
  ],
];

/** By their sort, with what each is called. */
export const strangerFaults: Readonly<Record<string, readonly Row[]>> = {
  'an after-effect of a crash': afterCrash,
  'a key of a stranger': [
    ['a position in what is left', 'effect not idempotent', paying(keys.positionInRest)],
    ['a customer who pays twice', 'effect not idempotent', payingTwice(keys.customerAlone)],
    ['a step of a customer who pays twice', 'fails undisturbed', payingTwice(keys.stepOfCustomer)],
    ['a position in a step', 'effect missing', paying(keys.stepByPosition)],
    ['a try of its own', 'effect not idempotent', paying(keys.ownTries)],
    ['an hour in a step', 'effect repeated', paying(keys.hourInStep)],
  ],
  'a variable of a module, of a stranger': [
    ['names that go on counting', 'module state or randomness', exporting(modules.countsNames)],
    ['a session of the first slice', 'module state or randomness', exporting(modules.keepsSession)],
    ['a buffer', 'unexpected effect', exporting(modules.buffersRows)],
    ['a door that stays closed', 'module state or randomness', exporting(modules.closesDoor)],
    ['set by a step', 'module state or randomness', exporting(modules.setsInStep)],
    ['names of earlier attempts', 'module state or randomness', exporting(modules.collectsNames)],
  ],
  'children of a stranger': [
    ['from a list that grows', 'children change', syncing(families.asksAgain)],
    ['in smaller parts', 'children change', syncing(families.smallerParts)],
    ['whose end is mailed', 'effect repeated', syncing(families.mailsAtEnd)],
    ['whose error is wrapped', 'attempts in vain', syncing(families.wrapsError)],
    ['that are forgotten', 'children not waited for', syncing(families.forgetsBatch)],
    ['that are raced', 'forgotten await', syncing(families.racesTime)],
  ],
  'an answer that a stranger waits for': [
    ['asked for in each slice', 'effect repeated', asking(answers.asksInEachSlice)],
    ['under a key of the attempt', 'result depends on attempts', asking(answers.waitByAttempt)],
    ['reminded of again', 'effect repeated', asking(answers.remindsAgain, yes({ key: 'approve-again' }))],
    ['with any error as a no', 'swallowed signal', asking(answers.anyErrorIsNo)],
    ['raced', 'forgotten await', asking(answers.racesWaits)],
    ['with a fee by the time', 'effect not idempotent', asking(answers.lateFee)],
  ],
  'SQL of a stranger': [
    ['a plain insert', 'wrong end', stocking(sql.plainInsert)],
    ['an upsert that adds', 'wrong outside', stocking(sql.upsertAdds)],
    ['the next number', 'wrong outside', stocking(sql.nextNumber, has(1, 'invoice'))],
    ['no rollback', 'wrong end', stocking(sql.noRollback)],
    ['a transaction of the pool', 'fails undisturbed', stocking(sql.beginsOnPool)],
    ['an id that is not returned', 'wrong end', stocking(sql.noIdReturned, has(2, 'line'))],
  ],
};
