import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod/mini';
import { type ScheduleDefinition, scheduleDefinition } from './definition.ts';
import { SchedulerError } from './scheduler-error.ts';

// A one-time schedule that fires is deleted by its number: one of the same name may have taken its place meanwhile.
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS schedule_groups (name TEXT PRIMARY KEY, created INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS schedules (
    number INTEGER PRIMARY KEY AUTOINCREMENT, group_name TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,
    definition TEXT NOT NULL, is_recurring INTEGER NOT NULL,
    scheduled_at INTEGER, fires_at INTEGER, retries INTEGER NOT NULL, UNIQUE (group_name, name)
  );
  CREATE INDEX IF NOT EXISTS fires_at ON schedules (fires_at);`;

const row = z.object({
  number: z.number(),
  group_name: z.string(),
  name: z.string(),
  created: z.number(),
  definition: z.pipe(
    z.pipe(
      z.string(),
      z.transform((text): unknown => JSON.parse(text)),
    ),
    scheduleDefinition,
  ),
  scheduled_at: z.nullable(z.number()),
  fires_at: z.nullable(z.number()),
  retries: z.number(),
});
const rowList = z.array(row);
const nextRow = z.object({ next: z.nullable(z.number()) });
const groupRow = z.object({ name: z.string(), created: z.number() });

/** Epoch milliseconds: for when the next invocation is meant, and when it is made. Null: never. */
export interface Plan {
  readonly scheduledAt: number | null;
  readonly firesAt: number | null;
}

export interface NewSchedule extends Plan {
  readonly name: string;
  readonly created: number;
  readonly definition: ScheduleDefinition;
  readonly isRecurring: boolean;
}

export interface StoredSchedule extends Plan {
  readonly number: number;
  readonly name: string;
  readonly created: number;
  readonly definition: ScheduleDefinition;
  /** How often the next invocation was tried in vain. */
  readonly retries: number;
}

/**
 * Schedules and their groups, in a file or in memory. What was answered is in the file, however the process ends.
 * Recurring schedules are those of a template, which creates them at each start: those of an earlier process are
 * removed.
 */
export class ScheduleStore {
  readonly #database: DatabaseSync;
  /** Prepared once: these are asked every five seconds, and a test's clock lets days of them pass. */
  readonly #due: StatementSync;
  readonly #next: StatementSync;

  constructor(folder: string | undefined) {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    this.#database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'schedules.db'));
    this.#database.exec(schema);
    this.#database.exec('DELETE FROM schedules WHERE is_recurring = 1');
    this.createGroup('default', 0);
    this.#due = this.#database.prepare(
      'SELECT * FROM schedules WHERE fires_at <= ? ORDER BY fires_at LIMIT ?',
    );
    this.#next = this.#database.prepare('SELECT MIN(fires_at) AS next FROM schedules');
  }

  /** @returns whether there was none of this name */
  createGroup(name: string, created: number): boolean {
    const insert = 'INSERT OR IGNORE INTO schedule_groups (name, created) VALUES (?, ?)';
    return this.#database.prepare(insert).run(name, created).changes === 1;
  }

  /** Deletes its schedules, too. */
  deleteGroup(name: string): void {
    this.requireGroup(name);
    this.#database.prepare('DELETE FROM schedules WHERE group_name = ?').run(name);
    this.#database.prepare('DELETE FROM schedule_groups WHERE name = ?').run(name);
  }

  /** @throws SchedulerError if there is none of this name */
  requireGroup(name: string): z.infer<typeof groupRow> {
    const found = this.#database.prepare('SELECT * FROM schedule_groups WHERE name = ?').get(name);
    if (found !== undefined) return groupRow.parse(found);
    throw new SchedulerError('ResourceNotFoundException', `Schedule group ${name} does not exist.`);
  }

  groups(): readonly z.infer<typeof groupRow>[] {
    return z
      .array(groupRow)
      .parse(this.#database.prepare('SELECT * FROM schedule_groups ORDER BY name').all());
  }

  /** @returns whether there was none of this name in its group */
  create({ name, created, definition, isRecurring, scheduledAt, firesAt }: NewSchedule): boolean {
    const { changes } = this.#database
      .prepare(
        `INSERT OR IGNORE INTO schedules
         (group_name, name, created, definition, is_recurring, scheduled_at, fires_at, retries)
         VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
      )
      .run(
        definition.GroupName,
        name,
        created,
        JSON.stringify(definition),
        Number(isRecurring),
        scheduledAt,
        firesAt,
      );
    return changes === 1;
  }

  find(group: string, name: string): StoredSchedule | undefined {
    const select = 'SELECT * FROM schedules WHERE group_name = ? AND name = ?';
    return this.#read(this.#database.prepare(select).all(group, name))[0];
  }

  /** In the order of their names. */
  list(): readonly StoredSchedule[] {
    return this.#read(this.#database.prepare('SELECT * FROM schedules ORDER BY group_name, name').all());
  }

  /** Those that are to be invoked by now. */
  due(now: number, limit: number): readonly StoredSchedule[] {
    return this.#read(this.#due.all(now, limit));
  }

  /** When the next invocation is to be made. */
  nextFiring(): number | undefined {
    return nextRow.parse(this.#next.get()).next ?? undefined;
  }

  /** Sets when it is invoked next, or how often that was tried in vain. */
  replan({ number }: StoredSchedule, { scheduledAt, firesAt, retries }: Plan & { retries: number }): void {
    this.#database
      .prepare('UPDATE schedules SET scheduled_at = ?, fires_at = ?, retries = ? WHERE number = ?')
      .run(scheduledAt, firesAt, retries, number);
  }

  remove({ number }: StoredSchedule): void {
    this.#database.prepare('DELETE FROM schedules WHERE number = ?').run(number);
  }

  close(): void {
    this.#database.close();
  }

  #read(rows: unknown): readonly StoredSchedule[] {
    return rowList
      .parse(rows)
      .map(({ group_name: _group, scheduled_at: scheduledAt, fires_at: firesAt, ...rest }) => ({
        ...rest,
        scheduledAt,
        firesAt,
      }));
  }
}
