import { describe, expect, it } from '@jest/globals';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { hasSucceeded, type JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import type { JobTestError } from '../../../testkit/report.ts';
import { SqlDatabase } from '../../../testkit/sql-database.ts';
import { catchesRepeated, noRollback, plainInsert } from '../../fixtures/kit-modules/job-types/sql.ts';
import { inOne, type Ledger, ledgerWith } from './ledger.ts';
import { addUp as contract, payload } from './sample-contract.ts';
import { stocking } from './stranger-faults.ts';

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

describe('a plain insert that is made again', () => {
  it('is found by the error of the database, which comes first', async () => {
    const error = await stocking(plainInsert)().then(
      () => undefined,
      (thrown: JobTestError) => thrown,
    );
    expect(error?.kinds).toEqual(['wrong end']);
    expect(error?.message).toMatch(/^ {2}wrong end: failed, Error: UNIQUE constraint failed: delivery.id;/m);
  });

  it('is found if its error is caught in a transaction, in which nothing else is possible then', async () => {
    await expect(stocking(catchesRepeated)()).rejects.toThrow('current transaction is aborted');
  });

  it('says why others wait, if a connection was released in its transaction', async () => {
    await expect(stocking(noRollback)()).rejects.toThrow(
      'wrong end: failed, Error: a connection was released before its transaction had ended',
    );
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

  it('gives rows that their caller may sort and change, as pg does', async () => {
    const { pool } = new SqlDatabase('create table t (id integer primary key)');
    await pool.query('insert into t values (2), (1)');
    const { rows } = await pool.query('select id from t order by id');
    rows.sort((one, other) => Number(other.id) - Number(one.id));
    for (const row of rows) row.id = String(row.id);
    expect(rows).toEqual([{ id: '2' }, { id: '1' }]);
  });

  it('rolls back what was not committed when a connection is closed', async () => {
    const database = new SqlDatabase('create table t (id integer primary key)');
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query('insert into t values (1)');
    client.release(true);
    expect(await database.pool.query('select * from t')).toEqual({ rows: [], rowCount: 0 });
    await expect(client.query('commit')).rejects.toThrow('the connection was lost');
  });

  it('ends no transaction because a connection is released, as pg does not', async () => {
    const database = new SqlDatabase('create table t (id integer primary key)');
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query('insert into t values (1)');
    client.release();
    await client.query('commit');
    expect(database.rows('select * from t')).toEqual([{ id: 1 }]);
  });

  it('does nothing more in a transaction in which a statement has failed, and does not commit it', async () => {
    const database = new SqlDatabase('create table t (id integer primary key)');
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query('insert into t values (1)');
    await expect(client.query('insert into t values (1)')).rejects.toMatchObject({ code: '23505' });
    await expect(client.query('insert into t values (2)')).rejects.toMatchObject({ code: '25P02' });
    await client.query('commit');
    expect((await database.pool.query('select * from t')).rows).toEqual([]);
    await client.query('insert into t values (3)');
    expect((await database.pool.query('select * from t')).rows).toEqual([{ id: 3 }]);
  });

  it('warns only of an end without a beginning, and of a second beginning', async () => {
    const client = await new SqlDatabase('create table t (id integer primary key)').pool.connect();
    for (const text of ['rollback', 'commit', 'begin', 'BEGIN', 'insert into t values (1)', 'commit'])
      await client.query(text);
    expect((await client.query('select * from t')).rows).toEqual([{ id: 1 }]);
  });
});
