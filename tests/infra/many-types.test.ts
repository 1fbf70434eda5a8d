import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { aKey, aKeyEntry, aRootSecretEntry } from '../set-ups/access.ts';
import { findRic } from './lambda/find-ric.ts';
import { requestOn } from './lambda/request.ts';
import { type StageOnLambda, startOnLambda } from './lambda/stage-on-lambda.ts';
import { manySettings, manyTypes } from './many-types.ts';
import { packageAll } from './package-all.ts';

/*
 * Each zip of a stage with sixty job types, under AWS's own runtime interface client. The settings of the types are in a file of
 * the zips of two functions, and their rights in policies beside the roles' own. package.test.ts looks at the template.
 */

const ric = findRic();
const describeOnLambda = ric === undefined ? describe.skip : describe;
const packaged = ric === undefined ? undefined : await packageAll();

let stage: StageOnLambda;
beforeAll(async () => {
  if (ric === undefined || packaged === undefined) return;
  stage = await startOnLambda(packaged, 'many types', ric);
  await stage.putAccess(aKeyEntry());
  await stage.putAccess(aRootSecretEntry());
});
afterAll(() => stage?.stop());

const headers = { authorization: `Bearer ${writeApiKey(aKey())}` };
const get = (path: string) => requestOn(stage, { method: 'GET', path, headers });
const job = z.looseObject({
  id: z.string(),
  status: z.string(),
  result: z.optional(z.nullable(z.object({ place: z.string() }))),
});

async function submit(type: string, more: object = {}): Promise<string> {
  const text = JSON.stringify({ type, payload: {}, ...more });
  const { statusCode, body } = await requestOn(stage, { method: 'POST', path: '/jobs', headers, body: text });
  expect([statusCode, body]).toEqual([202, body]);
  return job.parse(JSON.parse(body)).id;
}

async function deliver(name: string, queue: string): Promise<void> {
  const outcome = await stage.invoke(name, await stage.receive(queue));
  expect(outcome).toEqual({ kind: 'response', body: { batchItemFailures: [] } });
}

describeOnLambda('a stage with sixty job types', () => {
  test.each([
    ['first', 0],
    ['last', manyTypes.length - 1],
  ])('the %s type has its setting, on the worker and in a group', async (_which, at) => {
    const [type = '', place] = [manyTypes[at], Object.values(manySettings)[at]];
    const ids = [await submit(type), await submit(type, { group: type })];
    await deliver('worker', 'standard');
    await deliver('longWorker', 'ordered-3.fifo');
    for (const id of ids) {
      const { body } = await get(`/jobs/${id}`);
      expect(job.parse(JSON.parse(body))).toMatchObject({ status: 'succeeded', result: { place } });
    }
  });

  test.each([
    ['longWorker', 'long'],
    ['bulk', 'bulk'],
    ['admission', 'waiting'],
    ['deadLetter', 'dead-letter'],
    ['deadLetter', 'dead-letter.fifo'],
    ['notify', 'notify'],
  ])(
    '%s starts, and finds the queues: what is no message of %s goes into quarantine',
    async (name, queue) => {
      await stage.send(queue, 'hello');
      await deliver(name, queue);
      expect((await stage.receive('quarantine')).Records.map(({ body }) => body)).toEqual(['hello']);
    },
  );

  test.each(['/jobs', '/queues', '/ui', '/jobs/00000000-0000-4000-8000-000000000000/wait?seconds=0'])(
    'what answers GET %s starts',
    async (path) => {
      expect((await get(path)).statusCode).toBeLessThan(500);
    },
  );

  test.each(['check', 'overdue'])('%s starts', async (name) => {
    expect(await stage.invoke(name, {})).toEqual({ kind: 'response', body: null });
  });

  test('each function was called', () => {
    expect(stage.invoked()).toHaveLength(13);
  });
});
