import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import type { Condition } from '../../shared/domain/state/writes/condition.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';

let count = 0;
export const newId = (): string => {
  count += 1;
  return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
};

export const base = {
  version: 1,
  tenant: 'a tenant',
  type: 'counting',
  status: 'queued',
  run: 1,
  fingerprint: 'a fingerprint',
  fencingToken: 0,
  attempt: 0,
  maxAttempts: 3,
  history: [],
  createdAt: 1_000,
  updatedAt: 1_000,
} as const satisfies Partial<JobItem>;

export const absent: Condition = [[{ attribute: 'id', absent: true }]];
const always: Condition = [[{ attribute: 'updatedAt', atMost: Number.MAX_SAFE_INTEGER }]];

export const write = (id: string, parts: Partial<JobWrite>): JobWrite => ({
  id,
  transition: 'submit',
  condition: always,
  set: {},
  ...parts,
});

/** Creates an item. @returns its id */
export async function created(store: JobStore, set: Partial<JobItem> = {}): Promise<string> {
  const id = newId();
  await store.write(write(id, { condition: absent, set: { ...base, ...set } }));
  return id;
}
