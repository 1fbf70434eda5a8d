import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { innerCall, standingIn, waitInStandIn } from './inner-call.ts';

/** What an adapter needs of a pool of connections: as `pg` has it, with `$1` or `?` for values. */
export interface SqlPool {
  query(text: string, values?: readonly unknown[]): Promise<SqlResult>;
  connect(): Promise<SqlClient>;
}

export interface SqlClient {
  query(text: string, values?: readonly unknown[]): Promise<SqlResult>;
  /** @param isBroken the pool closes the connection, and what was not committed is rolled back */
  release(isBroken?: boolean | Error): void;
}

export interface SqlResult {
  /** The caller's own, as with `pg`. */
  readonly rows: Record<string, unknown>[];
  /** How many rows were read, or else changed. */
  readonly rowCount: number;
}

interface Connection {
  /** Whether the worker that has it is still there, and goes on. */
  readonly isAlive: () => boolean;
  isLost: boolean;
  /** It is back in the pool. */
  isReleased: boolean;
  /** A statement of its transaction has failed. */
  hasFailed: boolean;
}

/** How long a statement waits for the transaction of another connection. */
const maxWaitMs = 10_000;
const waitMs = 500;

/** What Postgres says in a transaction in which a statement has failed. */
class FailedTransactionError extends Error {
  readonly code = '25P02';
}
const ending = /^\s*(commit|end|rollback|abort)\b(?!\s+to\b)/i;
const beginning = /^\s*(begin|start transaction)\b/i;

/**
 * A database in memory for an adapter that speaks SQL, in the dialect of SQLite. Each statement is a call in which the
 * job is interrupted. Transactions run one after another. That of a worker that is dead, or stands still, is rolled
 * back, and its connection is lost. A transaction is as in Postgres: a connection that is released goes back to the
 * pool with it, and when a statement has failed, nothing but its end is possible.
 */
export class SqlDatabase {
  readonly #database = new DatabaseSync(':memory:');
  /** Which connection has a transaction. */
  #busy: Connection | undefined;

  /** @param schema statements that make the tables */
  constructor(schema: string) {
    this.#database.exec(schema);
  }

  readonly pool: SqlPool = {
    query: (text, values) => this.#query(this.#connection(), { text, values }),
    connect: async () => {
      const connection = this.#connection();
      return {
        query: (text, values) => this.#query(connection, { text, values }),
        release: (isBroken = false) => {
          connection.isReleased = true;
          if (isBroken) this.#end(connection);
        },
      };
    },
  };

  /** What is stored now: for the check of a test. */
  rows(text: string, values: readonly unknown[] = []): SqlResult['rows'] {
    if (this.#busy) this.#end(this.#busy);
    return this.#run(text, values).rows;
  }

  #connection(): Connection {
    const worker = standingIn()?.attempt.process;
    const isAlive = () => !worker?.isDead && !worker?.isFrozen;
    return { isAlive, isLost: false, isReleased: false, hasFailed: false };
  }

  #query(
    connection: Connection,
    { text, values = [] }: { readonly text: string; readonly values: readonly unknown[] | undefined },
  ): Promise<SqlResult> {
    return innerCall(text.replaceAll(/\s+/g, ' ').trim().slice(0, 40), async () => {
      for (let waited = 0; this.#mustWait(connection); waited += waitMs) {
        if (waited >= maxWaitMs) throw new Error(this.#whyBusy);
        await waitInStandIn(waitMs);
      }
      if (connection.isLost) throw new Error('the connection was lost');
      try {
        return this.#inTransaction(connection, text, () => this.#run(text, values));
      } finally {
        this.#busy = this.#database.isTransaction ? connection : undefined;
      }
    });
  }

  get #whyBusy(): string {
    return this.#busy?.isReleased
      ? 'a connection was released before its transaction had ended: commit, roll back, or release(true)'
      : 'another transaction has not ended';
  }

  /** To begin twice, and to end what has not begun, is a warning in Postgres. */
  #inTransaction(connection: Connection, text: string, run: () => SqlResult): SqlResult {
    const nothing = { rows: [], rowCount: 0 };
    const { isTransaction } = this.#database;
    if (isTransaction ? beginning.test(text) : ending.test(text)) return nothing;
    if (connection.hasFailed && !ending.test(text))
      throw new FailedTransactionError(
        'current transaction is aborted, commands ignored until end of transaction block',
      );
    if (connection.hasFailed) {
      connection.hasFailed = false;
      this.#database.exec('rollback');
      return nothing;
    }
    try {
      return run();
    } catch (error) {
      connection.hasFailed = isTransaction;
      throw error;
    }
  }

  #mustWait(connection: Connection): boolean {
    if (this.#busy && !this.#busy.isAlive()) this.#end(this.#busy);
    return this.#busy !== undefined && this.#busy !== connection;
  }

  /** What it has not committed is gone. */
  #end(connection: Connection): void {
    connection.isLost = true;
    if (this.#busy !== connection) return;
    this.#database.exec('rollback');
    this.#busy = undefined;
  }

  #run(text: string, values: readonly unknown[]): SqlResult {
    const statement = this.#database.prepare(text);
    const bound = values.map(boundValue);
    const named = Object.fromEntries(bound.map((value, at) => [`$${at + 1}`, value]));
    const all: [Record<string, SQLInputValue>] | SQLInputValue[] = /\$\d/.test(text) ? [named] : bound;
    try {
      if (statement.columns().length === 0)
        return { rows: [], rowCount: Number(statement.run(...(all as SQLInputValue[])).changes) };
      const rows = statement.all(...(all as SQLInputValue[]));
      return { rows, rowCount: rows.length };
    } catch (error) {
      throw withCode(error);
    }
  }
}

function boundValue(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Date) return value.toISOString();
  return value as SQLInputValue;
}

/** SQLite's numbers for a key that is there already, which Postgres calls 23505. */
const repeatedKey: readonly unknown[] = [1555, 2067];

const withCode = (error: unknown): unknown =>
  error instanceof Error && 'errcode' in error && repeatedKey.includes(error.errcode)
    ? Object.assign(error, { code: '23505' })
    : error;
