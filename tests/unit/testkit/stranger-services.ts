import { hasSucceeded, type JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { anyNumber, atLeastOnce, keyedBy, once } from '../../../testkit/effects.ts';
import { SqlDatabase, type SqlPool } from '../../../testkit/sql-database.ts';
import * as sql from '../../fixtures/kit-modules/job-types/sql.ts';

/** Services that stand in for those of strangers' jobs, and what is wrong in them when such a job has ended. */

interface Signaled {
  readonly signal: AbortSignal;
}
type Keyed = Signaled & { readonly key: string };
type Payment = Keyed & { readonly cents: number };
type Put = Keyed & { readonly bytes: number };

const keyed = () =>
  keyedBy(
    ({ key }: Keyed) => key,
    async () => {},
  );
const paid = () =>
  keyedBy(
    ({ key }: Payment) => key,
    async () => {},
  );
const wrongAtEnd = (isWrong: () => boolean, text: () => string) => (status: JobStatus) =>
  hasSucceeded(status) && isWrong() ? text() : undefined;

export const sequence = () => {
  let last = 0;
  const invoices = new Map<string, number>();
  const isWrong = () => last !== invoices.size;
  return {
    effects: {
      next: atLeastOnce(async () => {
        last += 1;
        return last;
      }),
      store: atLeastOnce(
        async ({ order, number }: Signaled & { order: string; number: number }) =>
          void invoices.set(order, number),
      ),
    },
    fault: wrongAtEnd(isWrong, () => `${last} numbers, and ${invoices.size} invoices`),
  };
};

export const account = () => {
  let balance = 0;
  const setBalance = async ({ cents }: Signaled & { cents: number }) => {
    balance = cents;
  };
  return {
    effects: { balance: anyNumber(async () => balance), setBalance: atLeastOnce(setBalance) },
    fault: wrongAtEnd(
      () => balance !== 300,
      () => `the balance is ${balance}`,
    ),
  };
};

export const locks = () => {
  const taken = new Set<string>();
  const acquire = async ({ name }: Signaled & { name: string }) => {
    const isFree = !taken.has(name);
    taken.add(name);
    return isFree;
  };
  return {
    acquire: anyNumber(acquire),
    free: anyNumber(async (name: string) => void taken.delete(name)),
    send: keyed(),
  };
};

export const markers = () => {
  const marked = new Set<string>();
  return {
    isMarked: anyNumber(async (id: string) => marked.has(id)),
    mark: atLeastOnce(async ({ id }: Signaled & { id: string }) => void marked.add(id)),
    send: keyed(),
  };
};

export const remoteFile = () => {
  const lines: string[] = [];
  return {
    effects: {
      append: atLeastOnce(
        async ({ line }: Signaled & { file: string; line: string }) => void lines.push(line),
      ),
    },
    fault: wrongAtEnd(
      () => lines.length !== 3,
      () => `${lines.length} lines`,
    ),
  };
};

export const inbox = () => {
  const files = new Set(['a', 'b', 'c']);
  return {
    list: anyNumber(async () => [...files]),
    copy: atLeastOnce(async (_request: Signaled & { file: string }) => {}),
    remove: atLeastOnce(async ({ file }: Signaled & { file: string }) => void files.delete(file)),
  };
};

export const mailbox = () => ({ mail: once(async (_request: Signaled & { to: string }) => {}) });

export const shop = () => {
  const refunded = new Set<string>();
  const shipped = new Set<string>();
  const fault = () => {
    const free = [...shipped].find((key) => refunded.has(key));
    return free === undefined ? undefined : `${free} was shipped, and refunded`;
  };
  return {
    effects: {
      charge: keyed(),
      refund: anyNumber(async ({ key }: Keyed) => void refunded.add(key)),
      ship: keyedBy(
        ({ key }: Keyed) => key,
        async ({ key }: Keyed) => void shipped.add(key),
      ),
    },
    fault,
  };
};

export const counter = () => {
  let count = 0;
  const increment = async (_request: Signaled & { name: string }) => {
    count += 1;
  };
  return {
    effects: { increment: atLeastOnce(increment) },
    fault: wrongAtEnd(
      () => count !== 3,
      () => `the counter is ${count}`,
    ),
  };
};

export const seats = () => {
  let last = 0;
  const open = new Set<string>();
  const reserve = async (_request: Signaled & { order: string }) => {
    last += 1;
    open.add(`r-${last}`);
    return `r-${last}`;
  };
  return {
    effects: {
      reserve: atLeastOnce(reserve),
      confirm: atLeastOnce(
        async ({ reservation }: Signaled & { reservation: string }) => void open.delete(reservation),
      ),
    },
    fault: wrongAtEnd(
      () => open.size > 0,
      () => `${open.size} reservations are open`,
    ),
  };
};

/** Its list is in another order each time. */
export const bank = () => {
  const noted = new Set<string>();
  let asked = 0;
  const open = async () => {
    asked += 1;
    return asked % 2 === 0 ? ['eva', 'bob', 'ada'] : ['ada', 'bob', 'eva'];
  };
  return {
    pay: paid(),
    isPaid: anyNumber(async (customer: string) => noted.has(customer)),
    note: once(async ({ customer }: Signaled & { customer: string }) => void noted.add(customer)),
    open: anyNumber(open),
  };
};

export const storage = () => ({
  put: atLeastOnce(async (_request: Signaled & { name: string; rows: string }) => {}),
  open: anyNumber(async () => 's-1'),
  rate: anyNumber(async () => 3),
});

/** It has an account more each time. */
export const crm = () => {
  let accounts = 2;
  const grow = async () => {
    accounts += 1;
    return Array.from({ length: accounts }, (_, at) => `a${at}`);
  };
  return {
    accounts: anyNumber(grow),
    mail: once(async (_request: Signaled & { text: string }) => {}),
  };
};

export const office = () => ({
  mail: once(async (_request: Signaled & { to: string; text: string }) => {}),
  pay: paid(),
});

export const bucket = () => {
  const sent = new Set<string>();
  return {
    put: keyedBy(
      ({ key }: Put) => key,
      async () => {},
    ),
    isSent: anyNumber(async (file: string) => sent.has(file)),
    send: once(async ({ file }: Signaled & { file: string }) => void sent.add(file)),
  };
};

type Adapter = (pool: SqlPool) => sql.Store['save'];

/** @param isRight whether a delivery is stored once */
export const stock = (adapter: Adapter, isRight: (database: SqlDatabase) => boolean) => () => {
  const database = new SqlDatabase(sql.schema);
  const rows = () => ['stock', 'invoice', 'line'].map((table) => database.rows(`select * from ${table}`));
  return {
    effects: { save: atLeastOnce(adapter(database.pool)) },
    fault: wrongAtEnd(
      () => !isRight(database),
      () => JSON.stringify(rows()),
    ),
  };
};
