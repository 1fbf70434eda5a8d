import { describe, expect, it } from '@jest/globals';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { hasSucceeded, type JobStatus } from '../../../shared/domain/state/transitions.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { SqlDatabase } from '../../../testkit/sql-database.ts';
import { inOne, type Ledger, ledgerWith } from './ledger.ts';
import { addUp as contract, payload } from './sample-contract.ts';

const storing =
  ({ store }: Ledger): JobHandler<typeof contract> =>
  async ({ numbers }, { id, signal }) => {
    await store({ key: id, amounts: numbers, signal });
    return { total: numbers.length };
  };

describe('an adapter that speaks SQL', () => {
  const type = { contract, handlerWith: storing };

  it('is cut at each of its statements', async () => {
    const { calls } = await cutEverywhere(type, payload, { outside: ledgerWith(inOne) });
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
      const { effects, fault } = ledgerWith(inOne)();
      return { effects, fault: (status: JobStatus) => (hasSucceeded(status) ? fault(status) : undefined) };
    };
    const { calls } = await cutEverywhere({ contract, handlerWith: sideBySide }, payload, { outside });
    expect(calls).toBe(payload.numbers.length * (1 + 'begin key row commit'.split(' ').length));
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
