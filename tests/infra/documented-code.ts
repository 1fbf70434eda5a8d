/** What a page leaves out of a block of code, so that the compiler can read the rest. */
export interface Around {
  readonly before: string;
  /** What stands for `// ...`. */
  readonly rest?: string;
  readonly after?: string;
  /** Of a block that shows lines of two files: the line at which the second begins, and what stands between them. */
  readonly second?: readonly [line: string, between: string];
}

/** A block, and what is compiled of it; or which test has it already. */
export type Block = Around | { readonly tested: string };

const common = `import * as z from 'zod/mini';
import { arnInAccount, defineJob, defineSchedules, defineUses, type HandlersOf, type JobContext, type JobHandler,
  parameter, RetryAfterError, settingsOf, zObject } from '../shared/author/index.ts';
`;
const kit = `import { expect, it } from '@jest/globals';
import { childHandler, childResult } from '../testkit/children.ts';
import { cutEverywhere } from '../testkit/cut-everywhere.ts';
import { atLeastOnce, keyedBy } from '../testkit/effects.ts';
import { innerCall } from '../testkit/inner-call.ts';
import { runJob } from '../testkit/run-job.ts';
`;
const rest = 'result: z.object({}), timeoutSeconds: 30, maxAttempts: 3,';
const contractOf = (payload: string, more = '') =>
  `defineJob({ payload: z.strictObject({ ${payload} }), ${more} ${rest} });\n`;

/** The file of another block. */
const from = (names: string, block: string) => `import { ${names} } from './${block}.ts';\n`;

const inHandler = (before: string, job = 'JobContext'): Around => ({
  before: `${common}${before}\nexport const handler = async (job: ${job}) => {\n`,
  after: '};\n',
});
const inContract = (before: string, between: string, after = ''): Around => ({
  before: `${common}${before}\nexport const contract = defineJob({ timeoutSeconds: 30, maxAttempts: 3,\n`,
  second: ['// handler.ts', between],
  after: `${after}};\n`,
});
const inPages = { tested: 'tests/unit/testkit/documented-pages.test.ts' };
const inProgram = { tested: 'tests/client/examples.suite.ts' };
const inNew = { tested: 'tests/unit/scripts/new/new.test.ts' };
const inSurvival = { tested: 'tests/unit/shared/author/remote-survival.test.ts' };
const inTables = { tested: 'tests/infra/doc-tables.test.ts' };
const times = <Each>(count: number, each: Each): readonly Each[] => Array.from({ length: count }, () => each);

/** All blocks of TypeScript and JavaScript of a page, in their order. */
export const blocks: Readonly<Record<string, readonly Block[]>> = {
  'docs/add-a-job-type.md': [
    {
      before: `${common}${kit}const contract = ${contractOf('names: z.array(z.string())')}
declare const handler: JobHandler<typeof contract>;\n`,
    },
    { before: from('type Payments', 'testing-your-jobs-1') },
    { before: `${common}export const call = (response: Response) => {\n`, after: '};\n' },
  ],
  'docs/children.md': [
    ...times(3, inPages),
    inHandler(`declare const orders: { customer: string }[];
const bookOrder = ${contractOf('customer: z.string()')}`),
    inHandler(`declare const addresses: string[];
const checkAddresses = defineJob({ payload: z.array(z.string()), ${rest} });`),
    inHandler(`declare const dealers: { name: string }[];
declare const payload: (index: number) => { part: number };
const askDealer = ${contractOf('name: z.string()')}const checkPart = ${contractOf('part: z.int()')}`),
  ],
  'docs/client.md': times(12, inProgram),
  'docs/databases.md': [
    inPages,
    {
      before: `${common}declare const url: string;
const contracts = { 'import-orders': ${contractOf('url: z.string()').replace(';', '')} };
export const schedules = defineSchedules(contracts, [\n`,
      after: ']);\n',
    },
    inPages,
    { before: common },
    {
      before: `${common}${from('uses', 'databases-4')}
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
interface Orders {
  store(all: { id: string; fencingToken: number; amount: number; signal: AbortSignal }): Promise<void>;
}\n`,
    },
  ],
  'docs/first-job.md': [{ before: '' }, inNew],
  'docs/limit-work.md': [
    { before: common, rest },
    {
      before: `${common}declare const name: string;
declare const search: (name: string, options: { signal: AbortSignal }) => Promise<string>;
export const contract = defineJob({ payload: z.string(), result: z.string(), hasSteps: true, timeoutSeconds: 30, maxAttempts: 3,\n`,
      second: [
        '// In the handler:',
        '});\nexport const handler: JobHandler<typeof contract> = async (_, job) => {\n',
      ],
      after: 'return found;\n};\n',
    },
    ...times(2, inPages),
    {
      before: `${common}export const contract = defineJob({ payload: z.strictObject({ account: z.string() }), ${rest}\n`,
      after: '});\n',
    },
  ],
  'docs/long-jobs.md': [
    {
      before: `${common}declare const render: (frame: number, options: { signal: AbortSignal; key: string }) => Promise<void>;
const contract = defineJob({ payload: z.strictObject({ frames: z.int() }), result: z.object({ frames: z.int() }),
  checkpoint: z.strictObject({ done: z.int() }), timeoutSeconds: 30, maxAttempts: 3 });\n`,
    },
  ],
  'docs/newcomer.md': times(5, inTables),
  'docs/notifications.md': [{ tested: 'tests/integration/documented-receiver.test.ts' }],
  'docs/objects.md': [
    inContract(
      'declare const use: (chunk: Uint8Array) => Promise<void>;',
      `result: z.object({}) });
export const handler: JobHandler<typeof contract> = async (payload, job) => {\n`,
      'return {};\n',
    ),
    inContract(
      'declare const lineOf: (at: number) => Promise<string>;\ndeclare const count: number;',
      'payload: z.string() });\nexport const handler: JobHandler<typeof contract> = async (_, job) => {\n',
    ),
    inHandler('declare const pages: number[];\ndeclare const csvOf: (page: number) => Promise<string>;'),
  ],
  'docs/order-and-time.md': [
    {
      before: `${common}const contracts = { greet: ${contractOf('names: z.array(z.string())').replace(';', '')} };\n`,
    },
  ],
  'docs/other-services.md': times(4, inSurvival),
  'docs/signals.md': [
    ...times(4, inPages),
    inHandler(
      'const reply = z.strictObject({ text: z.string() });',
      'JobContext<unknown, { reply: typeof reply }>',
    ),
  ],
  'docs/steps.md': [
    {
      before: `${common}interface Options { readonly key: string; readonly signal: AbortSignal }
declare const hold: (seat: string, options: Options) => Promise<string>;
declare const charge: (card: string, held: readonly string[], options: Options) => Promise<string>;
const contract = defineJob({ payload: z.strictObject({ seats: z.array(z.string()), card: z.string() }),
  result: z.object({ receipt: z.string() }), hasSteps: true, timeoutSeconds: 30, maxAttempts: 10 });\n`,
    },
    {
      before: `${common}declare const importPages: (book: string) => Promise<number>;
const cleanUp = ${contractOf('book: z.string()')}
const contract = defineJob({ payload: z.strictObject({ book: z.string(), reader: z.string() }),
  result: z.object({ pages: z.int(), mail: z.string() }), hasSteps: true, timeoutSeconds: 30, maxAttempts: 10 });\n`,
    },
  ],
  'docs/tenants.md': [
    { before: common, rest },
    {
      before: `${common}declare const images: string;
const resizeNow = ${contractOf('name: z.string()')}const resizeLater = ${contractOf('name: z.string()', "queue: 'long',")}
declare const resize: (images: string) => JobHandler<typeof resizeNow> & JobHandler<typeof resizeLater>;
type Both = { 'resize-now': typeof resizeNow; 'resize-later': typeof resizeLater };
export const handlers: HandlersOf<Both, 'standard'> & HandlersOf<Both, 'long'> = {\n`,
      after: '};\n',
    },
  ],
  'docs/testing-your-jobs.md': [
    {
      before: `${common}export const contract = defineJob({ payload: z.strictObject({ orders: z.array(z.string()) }),
  result: z.object({ charged: z.int() }), checkpoint: z.strictObject({ next: z.int() }), timeoutSeconds: 30, maxAttempts: 3 });\n`,
    },
    { before: `${kit}${from('chargeOrders, contract, type Payments', 'testing-your-jobs-1')}` },
    {
      before: `${kit}interface Store { readonly rows: readonly { readonly key: string }[] }
declare const table: Map<string, unknown>;
export const effects = () => ({\n`,
      after: '});\n',
    },
    {
      before: `${common}${kit}const importPage = ${contractOf('page: z.int()')}
const sendPage = defineJob({ payload: z.strictObject({ page: z.int() }), result: z.object({ sent: z.int() }), timeoutSeconds: 30,
  maxAttempts: 3 });
declare const handlerOfPage: JobHandler<typeof importPage>;
declare const payload: { book: string };
const contract = ${contractOf('book: z.string()')}
declare const handler: JobHandler<typeof contract>;
const type = { contract, handler };\n`,
    },
  ],
  'docs/unique-jobs.md': times(2, { before: common, rest }),
};
