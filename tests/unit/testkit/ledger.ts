import type { JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { hasSucceeded } from '../../../shared/domain/state/job/transitions.ts';
import { atLeastOnce } from '../../../testkit/effects.ts';
import { SqlDatabase, type SqlPool } from '../../../testkit/sql-database.ts';
import { payload } from './sample-contract.ts';

/** A ledger in SQL, with the adapters that store into it: one that is right, and some that are not. */

const schema = `
  create table import (key text primary key);
  create table amount (id integer primary key, import text not null, amount integer not null);
  create table balance (total integer not null);
  insert into balance values (0);
`;

export interface Import {
  readonly key: string;
  readonly amounts: readonly number[];
  readonly signal: AbortSignal;
}
export interface Ledger {
  store(request: Import): Promise<void>;
}
type Adapter = (pool: SqlPool) => Ledger['store'];

const insertKey = 'insert into import (key) values ($1) on conflict do nothing';
const insertRow = 'insert into amount (import, amount) values ($1, $2)';

async function inTransaction(pool: SqlPool, act: (query: SqlPool['query']) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await act(client.query);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const insertRows = async (query: SqlPool['query'], { key, amounts }: Import): Promise<void> => {
  for (const amount of amounts) await query(insertRow, [key, amount]);
};

/** The key says that the rows are there: right, in one transaction. */
export const inOne: Adapter = (pool) => (all) =>
  inTransaction(pool, async (query) => {
    if ((await query(insertKey, [all.key])).rowCount > 0) await insertRows(query, all);
  });

export const keyThenRows: Adapter = (pool) => async (all) => {
  if ((await pool.query(insertKey, [all.key])).rowCount > 0)
    await inTransaction(pool, (query) => insertRows(query, all));
};

export const rowsThenKey: Adapter = (pool) => async (all) => {
  const { rowCount } = await pool.query('select key from import where key = $1', [all.key]);
  if (rowCount > 0) return;
  await inTransaction(pool, (query) => insertRows(query, all));
  await pool.query(insertKey, [all.key]);
};

export const withoutKey: Adapter = (pool) => (all) => inTransaction(pool, (query) => insertRows(query, all));

export const rowByRow: Adapter = (pool) => (all) => insertRows(pool.query, all);

export const addsToBalance: Adapter = (pool) => async (all) => {
  for (const amount of all.amounts) await pool.query('update balance set total = total + $1', [amount]);
  await inOne(pool)(all);
};

export const forgetsCommit: Adapter = (pool) => async (all) => {
  const client = await pool.connect();
  await client.query('begin');
  if ((await client.query(insertKey, [all.key])).rowCount > 0) await insertRows(client.query, all);
  client.query('commit');
};

/** @returns what is outside of a job that stores all the numbers of its payload */
export const ledgerWith = (adapter: Adapter) => () => {
  const database = new SqlDatabase(schema);
  const due = payload.numbers.toSorted().join();
  const fault = (status: JobStatus) => {
    const amounts = database.rows('select amount from amount order by amount').map(({ amount }) => amount);
    const [balance] = database.rows('select total from balance');
    const total = payload.numbers.reduce((sum, number) => sum + number, 0);
    if (Number(balance?.total) > total) return `the balance is ${balance?.total}`;
    const isRight = amounts.join() === due || (!hasSucceeded(status) && amounts.length === 0);
    return isRight ? undefined : `the job is ${status}, and the amounts are ${amounts.join()}`;
  };
  return { effects: { store: atLeastOnce(adapter(database.pool)) }, fault };
};
