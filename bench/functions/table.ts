import { createRequire } from 'node:module';
import { parseExpressionsOnce } from '../../local/tables/parsed-expressions.ts';

type Item = Readonly<Record<string, unknown>>;
type Done<Value> = (error: Error | null, value?: Value) => void;

/** What dynalite's operations ask of where the items are. */
interface Store {
  readonly options: { readonly maxItemSize: number };
  getTable(name: string, done: Done<unknown>): void;
  getItemDb(name: string): {
    lock(key: string, locked: (release: <Value>(done: Done<Value>) => Done<Value>) => void): void;
    get(key: string, done: Done<Item>): void;
    put(key: string, item: Item, done: Done<void>): void;
    del(key: string, done: Done<void>): void;
  };
}

interface Request {
  TableName: string;
}
type Act = (store: Store, request: Request, done: Done<unknown>) => void;
interface Validation {
  readonly types: unknown;
  readonly custom: (request: Request, store: Store) => string | undefined;
}
interface Refusal extends Error {
  readonly statusCode?: number;
  readonly body?: unknown;
}

const require = createRequire(import.meta.url);
const {
  checkTypes,
}: {
  readonly checkTypes: (request: unknown, types: unknown) => Request;
} = require('dynalite/validations/index.js');
// To parse them took longer than to act, and ours are long: the time that calls take would be that of this process.
parseExpressionsOnce();
const operations = new Map(
  ['getItem', 'putItem', 'updateItem', 'deleteItem'].map((name) => {
    const act: Act = require(`dynalite/actions/${name}.js`);
    const validation: Validation = require(`dynalite/validations/${name}.js`);
    return [name, { act, validation }];
  }),
);

/** Each table has this key, and no index. */
const description = (TableName: string) => ({
  TableName,
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
});

export interface TableAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * DynamoDB for a benchmark: the conditions and updates of dynalite, on items in a map, so that a call is answered at
 * once. Dynalite's own store waits for a database in between.
 */
export class Tables {
  readonly #items = new Map<string, Map<string, Item>>();
  readonly #store: Store = {
    options: { maxItemSize: 400 * 1024 },
    getTable: (name, done) => done(null, description(name)),
    getItemDb: (name) => {
      const items = this.#items.get(name) ?? new Map<string, Item>();
      this.#items.set(name, items);
      const none = Object.assign(new Error('There is no such item.'), { name: 'NotFoundError' });
      return {
        lock: (_key, locked) => locked((done) => done),
        get: (key, done) => {
          const item = items.get(key);
          if (item === undefined) done(none);
          else done(null, item);
        },
        put: (key, item, done) => {
          items.set(key, item);
          done(null);
        },
        del: (key, done) => {
          items.delete(key);
          done(null);
        },
      };
    },
  };

  /** @param name such as `PutItem` @throws if there is no such operation here */
  call(name: string, sent: unknown): TableAnswer {
    const operation = operations.get(name.replace(/^./, (letter) => letter.toLowerCase()));
    if (operation === undefined) throw new Error(`The benchmark has no ${name}.`);
    const { act, validation } = operation;
    const request = checkTypes(sent, validation.types);
    const problem = validation.custom(request, this.#store);
    if (problem !== undefined) throw new Error(`${name}: ${problem}`);
    let answer: TableAnswer | undefined;
    act(this.#store, request, (error, body = {}) => {
      answer = error ? refused(error) : { status: 200, body };
    });
    if (answer === undefined) throw new Error(`${name} was not answered at once.`);
    return answer;
  }
}

function refused(error: Refusal): TableAnswer {
  if (error.body === undefined) throw error;
  return { status: error.statusCode ?? 400, body: error.body };
}
