import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addToCatalog, catalogsOf } from '../../scripts/new/add-to-catalog.ts';
import { checkTypeName, type NewType } from '../../scripts/new/check-type-name.ts';

/*
 * Four job types as teams have written them. What is in them is legitimate, and was refused by a rule of this house, or by a
 * budget of its own: `npm run check` and `npm test` must pass with them.
 */

interface OwnType {
  readonly queue: NewType['queue'];
  /** The handler in its catalog, with what it is given. */
  readonly line?: string;
  /** An import that the line needs. */
  readonly imports?: string;
  /** By name, in the type's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly test: string;
}

const kit = `import { expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { keyedBy } from '../../../../testkit/effects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
`;

const importOrders: OwnType = {
  queue: 'long',
  line: "'import-orders': importOrders(ordersIn()),",
  imports: "import { ordersIn } from '../import-orders/adapter.ts';",
  files: {
    'contract.ts': `import * as z from 'zod/mini';
import { defineJob, maxTimeoutSeconds } from '../../shared/author/index.ts';

export const importOrders = defineJob({
  queue: 'long',
  needs: ['ordersSchema'],
  payload: z.strictObject({ lines: z.array(z.string()).check(z.maxLength(1000)) }),
  result: z.strictObject({ imported: z.int(), skipped: z.int() }),
  checkpoint: z.strictObject({ next: z.int(), imported: z.int(), skipped: z.int() }),
  timeoutSeconds: maxTimeoutSeconds.long,
  maxAttempts: 5,
});
`,
    // A loop that a rule on complexity refuses.
    'handler.ts': `import type { JobHandler } from '../../shared/author/index.ts';
import type { importOrders as contract } from './contract.ts';

export interface OrderRow {
  readonly id: string;
  readonly cents: number;
  readonly signal: AbortSignal;
}
export interface OrderTable {
  upsert(row: OrderRow): Promise<void>;
}

export const importOrders =
  ({ upsert }: OrderTable): JobHandler<typeof contract> =>
  async ({ lines }, job) => {
    let { next, imported, skipped } = job.resume ?? { next: 0, imported: 0, skipped: 0 };
    for (; next < lines.length; next += 1) {
      const line = lines[next] ?? '';
      if (line === '' || line.startsWith('#')) {
        skipped += 1;
      } else {
        const [id, amount, currency] = line.split(';');
        if (id && amount) {
          if (currency === 'EUR' || currency === undefined) {
            const cents = Math.round(Number(amount) * 100);
            if (Number.isNaN(cents)) {
              if (amount.includes(',')) {
                job.log.info('a comma in an amount', { line: next });
              }
              skipped += 1;
            } else {
              await upsert({ id, cents, signal: job.signal });
              imported += 1;
            }
          } else {
            skipped += 1;
          }
        } else {
          skipped += 1;
        }
      }
      await job.checkpoint({ next: next + 1, imported, skipped });
    }
    return { imported, skipped };
  };
`,
    'adapter.ts': `import pg from 'pg';
import { settingsOf } from '../../shared/author/index.ts';
import type { OrderTable } from './handler.ts';
import { uses } from './uses.ts';

export function ordersIn({ ORDERS_DB, ORDERS_SCHEMA } = settingsOf(uses)): OrderTable {
  let pool: pg.Pool | undefined;
  return {
    upsert: async ({ id, cents, signal }) => {
      const connectionString = await ORDERS_DB.read();
      signal.throwIfAborted();
      pool ??= new pg.Pool({ connectionString, max: 1, options: \`--search_path=\${ORDERS_SCHEMA}\` });
      await pool.query('insert into orders values ($1, $2) on conflict (id) do update set cents = $2', [id, cents]);
    },
  };
}
`,
    'uses.ts': `import { arnInAccount, defineUses, parameter, secret } from '../../shared/author/index.ts';

export const uses = defineUses({
  variables: { ORDERS_DB: secret('shop/{stage}/orders'), ORDERS_SCHEMA: parameter('ordersSchema') },
  rights: () => [{ actions: ['rds-db:connect'], resources: [arnInAccount('rds-db', 'dbuser:orders/app')] }],
});
`,
  },
  test: `${kit}import { importOrders as contract } from '../../../../job-types/import-orders/contract.ts';
import { importOrders, type OrderRow } from '../../../../job-types/import-orders/handler.ts';

const type = { contract, handlerWith: importOrders };
const payload = { lines: ['# id;amount', 'a;1.50', 'b;x', 'c;2;USD', 'd;3'] };
const effects = () => ({ upsert: keyedBy(({ id }: OrderRow) => id, async () => {}) });

it('imports what it can read, each row once', async () => {
  const { result } = await runJob(type, payload, { effects });
  expect(result).toEqual({ imported: 2, skipped: 3 });
  await cutEverywhere(type, payload, { effects });
});
`,
};

const priceReport: OwnType = {
  queue: 'standard',
  files: {
    'contract.ts': `import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

export const priceReport = defineJob({
  payload: z.strictObject({
    prices: z.array(z.strictObject({ name: z.string(), cents: z.int(), status: z.enum(['sold', 'failed']) })),
  }),
  result: z.strictObject({ mostExpensive: z.nullable(z.string()), failed: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
`,
    // Words and comparisons that a rule on the engine refuses.
    'handler.ts': `import type { JobHandler } from '../../shared/author/index.ts';
import type { priceReport as contract } from './contract.ts';

export const priceReport: JobHandler<typeof contract> = async ({ prices }) => {
  const mostExpensive = prices.reduce<(typeof prices)[number] | undefined>(
    (most, price) => (most && most.cents >= price.cents ? most : price),
    undefined,
  );
  console.log('priced', prices.length);
  return {
    mostExpensive: mostExpensive?.name ?? null,
    failed: prices.filter(({ status }) => status === 'failed').length,
  };
};
`,
  },
  test: `${kit.replace(/^.*keyedBy.*\n/m, '')}import { priceReport as contract } from '../../../../job-types/price-report/contract.ts';
import { priceReport as handler } from '../../../../job-types/price-report/handler.ts';

it('names the most expensive price', async () => {
  const prices = [
    { name: 'tea', cents: 250, status: 'sold' as const },
    { name: 'cake', cents: 400, status: 'failed' as const },
  ];
  const { result } = await runJob({ contract, handler }, { prices });
  expect(result).toEqual({ mostExpensive: 'cake', failed: 1 });
  await cutEverywhere({ contract, handler }, { prices });
});
`,
};

const chargeCards: OwnType = {
  queue: 'standard',
  line: "'charge-cards': chargeCards(payments),",
  imports: "import { payments } from '../charge-cards/adapter.ts';",
  files: {
    'contract.ts': `import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

export const chargeCards = defineJob({
  payload: z.strictObject({ cards: z.array(z.string()).check(z.maxLength(20)) }),
  result: z.strictObject({ charged: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
`,
    'handler.ts': `import type { JobHandler } from '../../shared/author/index.ts';
import type { chargeCards as contract } from './contract.ts';

export interface Payments {
  charge(request: { readonly card: string; readonly key: string; readonly signal: AbortSignal }): Promise<void>;
}

export const chargeCards =
  ({ charge }: Payments): JobHandler<typeof contract> =>
  async ({ cards }, job) => {
    for (const card of cards) await charge({ card, key: \`\${job.id}/\${card}\`, signal: job.signal });
    return { charged: cards.length };
  };
`,
    'adapter.ts': `import Stripe from 'stripe';
import { settingsOf } from '../../shared/author/index.ts';
import type { Payments } from './handler.ts';
import { uses } from './uses.ts';

export const payments: Payments = {
  charge: async ({ card, key }) => {
    const stripe = new Stripe(await settingsOf(uses).STRIPE_KEY.read());
    await stripe.charges.create({ amount: 100, currency: 'eur', source: card }, { idempotencyKey: key });
  },
};
`,
    'uses.ts': `import { defineUses, secret } from '../../shared/author/index.ts';

export const uses = defineUses({
  variables: { STRIPE_KEY: secret('shop/{stage}/stripe') },
});
`,
    // Only a test uses it.
    'remembered-payments.ts': `import type { Payments } from './handler.ts';

export function rememberedPayments(): Payments & { readonly keys: Set<string> } {
  const keys = new Set<string>();
  return { keys, charge: async ({ key }) => void keys.add(key) };
}
`,
  },
  test: `${kit}import { chargeCards as contract } from '../../../../job-types/charge-cards/contract.ts';
import { chargeCards, type Payments } from '../../../../job-types/charge-cards/handler.ts';
import { rememberedPayments } from '../../../../job-types/charge-cards/remembered-payments.ts';

type Charge = Parameters<Payments['charge']>[0];
const type = { contract, handlerWith: chargeCards };

it('charges each card once', async () => {
  const { keys, charge } = rememberedPayments();
  const effects = () => ({ charge: keyedBy(({ key }: Charge) => key, charge) });
  const { result } = await runJob(type, { cards: ['a', 'b'] }, { effects });
  expect([result, keys.size]).toEqual([{ charged: 2 }, 2]);
  await cutEverywhere(type, { cards: ['a', 'b'] }, { effects });
});
`,
};

const dailyDigest: OwnType = {
  queue: 'long',
  files: {
    'contract.ts': `import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/index.ts';

export const dailyDigest = defineJob({
  queue: 'long',
  payload: z.strictObject({ readers: z.int().check(z.gte(0)) }),
  result: z.strictObject({ sent: z.int() }),
  timeoutSeconds: 60,
  maxAttempts: 3,
});
`,
    'handler.ts': `import type { JobHandler } from '../../shared/author/index.ts';
import type { dailyDigest as contract } from './contract.ts';

export const dailyDigest: JobHandler<typeof contract> = async ({ readers }) => ({ sent: readers });
`,
  },
  test: `${kit.replace(/^.*(keyedBy|cutEverywhere).*\n/gm, '')}import { dailyDigest as contract } from '../../../../job-types/daily-digest/contract.ts';
import { dailyDigest as handler } from '../../../../job-types/daily-digest/handler.ts';

it('tells all readers', async () => {
  expect((await runJob({ contract, handler }, { readers: 3 })).result).toEqual({ sent: 3 });
});
`,
};

export const ownTypes: Readonly<Record<string, OwnType>> = {
  'charge-cards': chargeCards,
  'daily-digest': dailyDigest,
  'import-orders': importOrders,
  'price-report': priceReport,
};

const schedule = `
  { name: 'digest', cron: '0 6 * * *', timeZone: 'Europe/Berlin', type: 'daily-digest', payload: { readers: 3 }, tenant: 'acme' },
`;

/** Adds the types to a copy of the project, as a user would: files, catalogs, a schedule, packages. */
export async function addOwnTypes(project: string): Promise<void> {
  const change = async (path: string, to: (text: string) => string | undefined) => {
    const before = await readFile(join(project, path), 'utf8');
    const after = to(before);
    if (after === undefined || after === before) throw new Error(`${path} is not as it was`);
    await writeFile(join(project, path), after);
  };
  for (const [name, { queue, line, imports = '', files, test }] of Object.entries(ownTypes)) {
    const type = { ...checkTypeName(name), queue };
    const all = Object.entries(files).map(([file, text]): [string, string] => [
      `job-types/${name}/${file}`,
      text,
    ]);
    for (const [path, text] of [...all, [`tests/unit/job-types/${name}/handler.test.ts`, test] as const]) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
    for (const catalog of catalogsOf(type))
      await change(catalog.path, (text) => addToCatalog(text, catalog, type));
    if (line === undefined) continue;
    const listed = `'${name}': ${type.identifier},`;
    await change(`job-types/handlers/${queue}.ts`, (text) => `${imports}\n${text.replace(listed, line)}`);
  }
  await change('job-types/schedules.ts', (text) => text.replace('[])', `[${schedule}])`));
  await change('package.json', (text) => {
    const kept = text.replace(/^ {4}"(pg|stripe)": .*\n/gm, '');
    const packages = text.match(/^ {4}"(pg|stripe)": .*\n/gm)?.join('') ?? '';
    return kept.replace(
      '"dependencies": {\n',
      `"dependencies": {\n${packages.replace(/([^,])\n/g, '$1,\n')}`,
    );
  });
}
