import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../../shared/domain/state/job/transitions.ts';
import type { JobWrite } from '../../../shared/domain/state/writes/job-write.ts';
import { applied } from '../../../testkit/fakes/in-memory-job-store.ts';
import { holds } from '../../../testkit/fakes/in-memory-records.ts';
import type { GeneratedMutant } from './generated-mutant.ts';

/** Mutants of what a write does: each leaves one thing out. */

const parts = ['set', 'setOnce', 'increment', 'include', 'append', 'remove'] as const;
type Part = (typeof parts)[number];

const omit = (from: object, key: string): object =>
  Object.fromEntries(Object.entries(from).filter(([name]) => name !== key));

function without(write: JobWrite, part: Part, field: string): JobWrite {
  const { remove, append: _, ...rest } = write;
  switch (part) {
    case 'append':
      return { ...rest, ...(remove ? { remove } : {}) };
    case 'remove':
      return { ...write, remove: (remove ?? []).filter((name) => name !== field) };
    default:
      return { ...write, [part]: omit(write[part] ?? {}, field) };
  }
}

/** What a write leaves behind. Sets are compared by their members. */
const textOf = (write: JobWrite, before: JobItem | undefined): string =>
  JSON.stringify(applied(write, before), (_key, value) => (value instanceof Set ? [...value] : value));

const mutantOf = (transition: TransitionName, part: Part, field: string): GeneratedMutant => {
  const changed = (write: JobWrite): JobWrite =>
    write.transition === transition ? without(write, part, field) : write;
  return {
    name: `${transition} without ${part} ${field}`,
    family: 'field',
    write: changed,
    meets: {
      transition,
      differs: (write, before) =>
        holds(write.condition, before) && textOf(write, before) !== textOf(changed(write), before),
    },
  };
};

const writtenIn = (write: JobWrite): [Part, string][] =>
  parts.flatMap((part) => {
    const written = write[part];
    if (written === undefined) return [];
    if (part === 'append') return [[part, 'history']];
    const fields: readonly string[] = Array.isArray(written) ? written : Object.keys(written);
    return fields.map((field): [Part, string] => [part, field]);
  });

/** Collects writes, and makes a mutant of each thing that any of them does. */
export class WrittenFields {
  readonly #mutants = new Map<string, GeneratedMutant>();

  onWrite(write: JobWrite): void {
    for (const [part, field] of writtenIn(write)) {
      const key = `${write.transition} ${part} ${field}`;
      if (!this.#mutants.has(key)) this.#mutants.set(key, mutantOf(write.transition, part, field));
    }
  }

  get mutants(): readonly GeneratedMutant[] {
    return [...this.#mutants.values()];
  }
}
