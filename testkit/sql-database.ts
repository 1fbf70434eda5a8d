import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { innerCall, standingIn, waitInStandIn } from './inner-call.ts';

/** What an adapter needs of a pool of connections: as `pg` has it, with `$1` or `?` for values. */
export interface SqlPool {
  query(text: string, values?: readonly unknown[]): Promise<SqlResult>;
  connect(): Promise<SqlClient>;
}

export interface SqlClient {
  query(text: string, values?: readonly unknown[]): Promise<SqlResult>;
  release(): void;
}

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** How many rows were read, or else changed. */
  readonly rowCount: number;
}

interface Connection {
  /** Whether the worker that has it is still there, and goes on. */
  readonly isAlive: () => boolean;
  isLost: boolean;
}

/** How long a statement waits for the transaction of another connection. */
const maxWaitMs = 10_000;
const waitMs = 500;

/**
 * A database in memory for an adapter that speaks SQL, in the dialect of SQLite. Each statement is a call in which the job
 * is interrupted. Transactions run one after another. That of a worker that is dead, or stands still, is rolled back, and
 * its connection is lost.
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
        release: () => this.#end(connection),
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
    return { isAlive: () => !worker?.isDead && !worker?.isFrozen, isLost: false };
  }

  #query(
    connection: Connection,
    { text, values = [] }: { readonly text: string; readonly values: readonly unknown[] | undefined },
  ): Promise<SqlResult> {
    return innerCall(text.replaceAll(/\s+/g, ' ').trim().slice(0, 40), async () => {
      for (let waited = 0; this.#mustWait(connection); waited += waitMs) {
        if (waited >= maxWaitMs) throw new Error('another transaction has not ended');
        await waitInStandIn(waitMs);
      }
      if (connection.isLost) throw new Error('the connection was lost');
      const result = this.#run(text, values);
      this.#busy = this.#database.isTransaction ? connection : undefined;
      return result;
    });
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
