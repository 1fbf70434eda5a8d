import { defined } from '../../shared/domain/base/defined.ts';
import type { Fields } from '../../shared/domain/base/records.ts';
import { currentVersion } from '../../shared/domain/base/version.ts';
import { type ErrorGroup, readErrorGroup } from '../../shared/domain/state/failures/error-group.ts';
import { errorGroupsIn } from '../../shared/domain/state/failures/error-groups.ts';
import { keyPrefix } from '../../shared/domain/state/failures/failure.ts';
import { readApart } from '../../shared/domain/state/job/newer-item.ts';
import type { ErrorGroupList } from '../../shared/domain/state/ports.ts';
import { InMemoryRecords } from './in-memory-records.ts';

/** The groups of failures in a table, by their ids. Those of a newer version are not among them. */
export const errorGroupsOf = (items: ReadonlyMap<string, Fields>): ReadonlyMap<string, ErrorGroup> =>
  new Map(
    [...items].flatMap(([id, item]) =>
      id.startsWith(keyPrefix) && Number(item.version) <= currentVersion
        ? [[id.slice(keyPrefix.length), readErrorGroup(item)]]
        : [],
    ),
  );

/** A table with the list of its groups. It passes the same contract tests as the DynamoDB adapters. */
export class InMemoryErrorGroups extends InMemoryRecords implements ErrorGroupList {
  readonly #kind = errorGroupsIn(this, 0);
  add = this.#kind.add;
  addToFull = this.#kind.addToFull;

  get groups(): ReadonlyMap<string, ErrorGroup> {
    return errorGroupsOf(this.items);
  }

  async find({
    tenant,
    below = '~',
    limit,
  }: Parameters<ErrorGroupList['find']>[0]): ReturnType<ErrorGroupList['find']> {
    const positionOf = ({ listPosition }: Fields) => String(listPosition);
    const found = [...this.items.values()]
      .filter((item) => item.tenant === tenant && positionOf(item) < below)
      .sort((one, other) => (positionOf(one) < positionOf(other) ? 1 : -1));
    const shown = found.slice(0, limit);
    const { items: groups, newer } = readApart(shown, readErrorGroup);
    const next = found.length > limit ? shown.at(-1)?.listPosition : undefined;
    return {
      groups,
      newer: newer.map((one) => ({ ...one, id: one.id.slice(keyPrefix.length) })),
      // The keys, and each group.
      units: 0.5 + shown.length / 2,
      ...defined({ next: next === undefined ? undefined : String(next) }),
    };
  }
}
