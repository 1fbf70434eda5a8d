import { describe, expect, it } from '@jest/globals';
import type { JobHandler } from '../../../shared/job/handler.ts';
import { hasSucceeded, type JobStatus } from '../../../shared/job/transitions.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { atLeastOnce } from '../../../testkit/effects.ts';
import { SqlDatabase, type SqlPool } from '../../../testkit/sql-database.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const schema = `
  create table import (key text primary key);
  create table amount (id integer primary key, import text not null, amount integer not null);
`;
interface Import {
  readonly key: string;
  readonly amounts: readonly number[];
  readonly signal: AbortSignal;
}
interface Ledger {
  store(request: Import): Promise<void>;
}

const storing =
  ({ store }: Ledger): JobHandler<typeof contract> =>
  async ({ numbers }, { id, signal }) => {
    await store({ key: id, amounts: numbers, signal });
    return { total: numbers.length };
  };

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

/** The key says that the rows are there: right, in one transaction. */
const inOne =
  (pool: SqlPool) =>
  ({ key, amounts }: Import): Promise<void> =>
    inTransaction(pool, async (query) => {
      if ((await query(insertKey, [key])).rowCount === 0) return;
      for (const amount of amounts) await query(insertRow, [key, amount]);
    });

const inTwo =
  (pool: SqlPool) =>
  async ({ key, amounts }: Import): Promise<void> => {
    if ((await pool.query(insertKey, [key])).rowCount === 0) return;
    await inTransaction(pool, async (query) => {
      for (const amount of amounts) await query(insertRow, [key, amount]);
    });
  };

const withoutKey =
  (pool: SqlPool) =>
  ({ key, amounts }: Import): Promise<void> =>
    inTransaction(pool, async (query) => {
      for (const amount of amounts) await query(insertRow, [key, amount]);
    });

const outsideWith = (adapter: (pool: SqlPool) => Ledger['store']) => () => {
  const database = new SqlDatabase(schema);
  const fault = (status: JobStatus) => {
    const amounts = database.rows('select amount from amount order by id').map(({ amount }) => amount);
    const isRight =
      amounts.join() === payload.numbers.join() || (!hasSucceeded(status) && amounts.length === 0);
    return isRight ? undefined : `the job is ${status}, and the amounts are ${amounts.join()}`;
  };
  return { effects: { store: atLeastOnce(adapter(database.pool)) }, fault };
};

describe('an adapter that speaks SQL', () => {
  const type = { contract, handlerWith: storing };

  it('is cut at each of its statements', async () => {
    const { calls } = await cutEverywhere(type, payload, { outside: outsideWith(inOne) });
    expect(calls).toBe(1 + 'begin key commit'.split(' ').length + payload.numbers.length);
  });

  it('may have transactions side by side', async () => {
    const sideBySide =
      ({ store }: Ledger): JobHandler<typeof contract> =>
      async ({ numbers }, { id, signal }) => {
        const stored = await Promise.allSettled(
          numbers.map((amount, at) => store({ key: `${id}/${at}`, amounts: [amount], signal })),
        );
        for (const one of stored) if (one.status === 'rejected') throw one.reason;
        return { total: numbers.length };
      };
    const outside = () => {
      const database = new SqlDatabase(schema);
      const fault = (status: JobStatus) => {
        const stored = database.rows('select import, amount from amount group by import').length;
        return !hasSucceeded(status) || stored === payload.numbers.length ? undefined : `${stored} amounts`;
      };
      return { effects: { store: atLeastOnce(inOne(database.pool)) }, fault };
    };
    const { calls } = await cutEverywhere({ contract, handlerWith: sideBySide }, payload, { outside });
    expect(calls).toBe(payload.numbers.length * (1 + 'begin key row commit'.split(' ').length));
  });

  it.each([
    ['key and rows in two transactions', inTwo],
    ['an insert without a key', withoutKey],
  ])('is found: %s', async (_name, adapter) => {
    const cut = cutEverywhere(type, payload, { outside: outsideWith(adapter) });
    await expect(cut).rejects.toMatchObject({ kinds: ['wrong outside'] });
  });
});

describe('the database', () => {
  it('speaks as pg does', async () => {
    const database = new SqlDatabase('create table t (id integer primary key, done boolean, at text)');
    const { pool } = database;
    const insert = 'insert into t (id, done, at) values (?, ?, ?) returning id';
    expect(await pool.query(insert, [1, true, new Date(0)])).toEqual({ rows: [{ id: 1 }], rowCount: 1 });
    await expect(pool.query(insert, [1, false, undefined])).rejects.toMatchObject({ code: '23505' });
    expect((await pool.query('update t set done = $2 where id = $1 or id = $1', [1, false])).rowCount).toBe(
      1,
    );
    expect(database.rows('select * from t')).toEqual([{ id: 1, done: 0, at: '1970-01-01T00:00:00.000Z' }]);
  });

  it('rolls back what was not committed when a connection is released', async () => {
    const database = new SqlDatabase('create table t (id integer primary key)');
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query('insert into t values (1)');
    client.release();
    expect(database.rows('select * from t')).toEqual([]);
    await expect(client.query('commit')).rejects.toThrow('the connection was lost');
  });
});
