import { expect, it } from '@jest/globals';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber, atLeastOnce } from '../../../testkit/effects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { SqlDatabase } from '../../../testkit/sql-database.ts';
import { storeIn } from '../../fixtures/documented/import-orders/adapter.ts';
import { importOrders as contract } from '../../fixtures/documented/import-orders/contract.ts';
import { importOrders, type Orders } from '../../fixtures/documented/import-orders/handler.ts';

const type = { contract, handlerWith: importOrders };
const payload = { url: 'https://shop.example.com/orders.csv' };
const file = ['a', 'b', 'c', 'd', 'e'].map((number) => ({ number, cents: 100 }));
const table =
  'create table orders (job text, line integer, number text, cents integer, primary key (job, line))';

const outside = () => {
  const database = new SqlDatabase(table);
  const read: Orders['read'] = async ({ position }) => ({
    rows: file.slice(position, position + 2),
    next: position + 2,
  });
  const fault = (status: string) => {
    const rows = database.rows('select number from orders order by line');
    const stored = rows.map(({ number }) => number).join('');
    return status !== 'succeeded' || stored === 'abcde' ? undefined : `what is stored: ${stored}`;
  };
  return { effects: { read: anyNumber(read), store: atLeastOnce(storeIn(database.pool)) }, fault };
};

it('imports each row once, wherever it is cut', async () => {
  expect((await runJob(type, payload, { outside })).result).toEqual({ lines: 5 });
  await cutEverywhere(type, payload, { outside });
});
