import { createRequire } from 'node:module';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** Of LevelDB. */
interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
  /** -1: no limit */
  readonly limit?: number;
}

interface Change {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: unknown;
}

type Column = 'key' | 'value';

/** What is kept in memory. The tables of a test fit in. */
const cacheKilobytes = 64 * 1024;
/** Most readers stop after a page. */
const [firstRows, maxRows] = [32, 512];

/**
 * What dynalite asks of LevelDB, by SQLite: a table that has no data directory is in memory as long as it is small, and
 * then in a temporary file, which SQLite removes. dynalite's own store in memory took 18 KB for each job, and had no
 * end.
 */
export class SpillingStore {
  /** Without a name it is a temporary one. */
  readonly #database = new DatabaseSync('');
  readonly #statements = new Map<string, StatementSync>();

  /**
   * All is in one transaction, which never ends: nobody else reads the file, and nobody reads it later. A commit sorts
   * all pages that are not in the file, so with 10,000 entries it took 50 times as long as what it committed.
   */
  constructor() {
    this.#database.exec(`
      PRAGMA cache_size = -${cacheKilobytes};
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL);
      BEGIN`);
  }

  async put(key: string, value: unknown): Promise<void> {
    const sql = 'INSERT INTO entries VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
    this.#statement(sql).run(key, JSON.stringify(value));
  }

  async get(key: string): Promise<unknown> {
    const row = this.#statement('SELECT value FROM entries WHERE key = ?').get(key);
    return row === undefined ? undefined : JSON.parse(String(row.value));
  }

  async del(key: string): Promise<void> {
    this.#statement('DELETE FROM entries WHERE key = ?').run(key);
  }

  async batch(changes: readonly Change[]): Promise<void> {
    for (const { type, key, value } of changes) await (type === 'put' ? this.put(key, value) : this.del(key));
  }

  keys(range: Range = {}) {
    return this.#reader('key', range, (row) => row.key);
  }

  values(range: Range = {}) {
    return this.#reader('value', range, (row) => JSON.parse(row.value));
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** Reads some rows at a time, from where it stopped: others write meanwhile. */
  #reader(column: Column, range: Range, read: (row: Record<Column, string>) => unknown) {
    const { reverse = false, limit = -1 } = range;
    let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
    let bounds = Object.entries(operators).flatMap(([name, operator]): [string, string][] => {
      const bound = range[name as keyof typeof operators];
      return bound === undefined ? [] : [[operator, bound]];
    });
    let rows: Record<Column, string>[] = [];
    let size = firstRows;
    const more = (): void => {
      const where = bounds.map(([operator]) => `key ${operator} ?`).join(' AND ') || 'true';
      const sql = `SELECT key, ${column === 'value' ? 'value' : "'' AS value"} FROM entries WHERE ${where} ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT ?`;
      const found = this.#statement(sql).all(...bounds.map(([, bound]): SQLInputValue => bound), size);
      rows = found.map(({ key, value }) => ({ key: String(key), value: String(value) })).reverse();
      const last = rows[0];
      if (last === undefined || rows.length < size) left = Math.min(left, rows.length);
      else bounds = [...bounds.filter(isOtherEnd(reverse)), [reverse ? '<' : '>', last.key]];
      size = Math.min(size * 4, maxRows);
    };
    return {
      async next(): Promise<unknown> {
        if (left <= 0) return undefined;
        if (rows.length === 0) more();
        const row = rows.pop();
        left -= 1;
        return row === undefined ? undefined : read(row);
      },
    };
  }

  #statement(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const isOtherEnd =
  (reverse: boolean) =>
  ([operator]: readonly [string, string]): boolean =>
    operator.startsWith(reverse ? '>' : '<');

/** Has dynalite keep tables without a data directory here. Call it before dynalite is loaded. */
export function useSpillingStore(): void {
  const memory: { MemoryLevel: unknown } = createRequire(import.meta.resolve('dynalite'))('memory-level');
  memory.MemoryLevel = SpillingStore;
}
