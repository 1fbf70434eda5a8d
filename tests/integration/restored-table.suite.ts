import { setTimeout } from 'node:timers/promises';
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { maxPausesAgeMs } from '../../shared/domain/state/limits/recent-pauses.ts';
import type { SubmitRequest } from '../../shared/http/requests/submit-request.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import type { Answer, System } from './system.ts';

const sums = { csv: 'city,price\nRome,1\n', groupBy: 'city', metrics: [{ column: 'price', op: 'sum' }] };
const short: SubmitRequest = { type: 'csv-sums', payload: sums };
const failing: SubmitRequest = { type: 'csv-sums', payload: { ...sums, groupBy: 'country' } };
const { heldBy, release } = useHolds()();
/** It runs until the table of then was read. */
const running: SubmitRequest = { type: 'counting', payload: { seconds: 1, heldBy } };
const later: SubmitRequest = { ...short, delaySeconds: 20 };

/** Each meets a job of its own. The last one is a submission with the key of that job. */
const calls = ['status', 'cancel', 'retry', 'erase', 'key'] as const;
type Call = (typeof calls)[number];

/** What a job is in the table of then, what has become of it since, and with what it was submitted. */
const states: Readonly<Record<string, SubmitRequest>> = {
  'queued, and its message is there': short,
  'queued; has succeeded since': short,
  'queued; held by a pause since': short,
  'running; has succeeded since': running,
  'waiting for its time; has succeeded since': later,
  succeeded: short,
  'succeeded; its message is there once more': short,
  'succeeded; erased since': short,
  canceled: later,
  failed: failing,
  'failed; retried since, and has ended': failing,
  'failed; retried since, and the message is there': failing,
  'not there; has succeeded since': short,
  'not there; queued since, and its message is there': short,
  'not there; held by a pause since': short,
};

/**
 * The answers to the calls, and what becomes of the job that was asked for its status alone: how many attempts it has had, by its
 * own history, but for those that were lost. As in docs/runbook.md.
 */
const expected = [
  'queued, and its message is there | 200 queued | 200 canceled | 409 | 409 | 202 queued, replayed | succeeded, 1',
  'queued; has succeeded since | 200 queued | 200 canceled | 409 | 409 | 202 queued, replayed | queued, 0',
  'queued; held by a pause since | 200 queued | 200 canceled | 409 | 409 | 202 queued, replayed | queued, 0',
  'running; has succeeded since | 200 running | 202 running | 409 | 409 | 202 running, replayed | running, 1',
  'waiting for its time; has succeeded since | 200 waiting | 200 canceled | 409 | 409 | 202 waiting, replayed | waiting, 0',
  'succeeded | 200 succeeded | 409 | 409 | 204 | 202 succeeded, replayed | succeeded, 1',
  'succeeded; its message is there once more | 200 succeeded | 409 | 409 | 204 | 202 succeeded, replayed | succeeded, 1',
  'succeeded; erased since | 200 succeeded | 409 | 409 | 204 | 202 succeeded, replayed | succeeded, 1',
  'canceled | 200 canceled | 200 canceled | 202 queued | 204 | 202 canceled, replayed | canceled, 0',
  'failed | 200 failed | 409 | 202 queued | 204 | 202 failed, replayed | failed, 1',
  'failed; retried since, and has ended | 200 failed | 409 | 202 queued | 204 | 202 failed, replayed | failed, 1',
  'failed; retried since, and the message is there | 200 failed | 409 | 202 queued | 204 | 202 failed, replayed | failed, 2',
  'not there; has succeeded since | 404 | 404 | 404 | 404 | 202 queued | 404',
  'not there; queued since, and its message is there | 404 | 404 | 404 | 404 | 202 queued | succeeded, 1',
  'not there; held by a pause since | 404 | 404 | 404 | 404 | 202 queued | 404',
];

/** One or more of these states. */
const named = (pattern: RegExp): readonly string[] =>
  Object.keys(states).filter((state) => pattern.test(state));

interface Taken {
  readonly ReceiptHandle: string;
  readonly body: string;
}

/** Jobs in all states, one for each call. */
class Jobs {
  readonly #ids = new Map<string, string>();
  readonly #system: System;

  constructor(system: System) {
    this.#system = system;
  }

  id = (state: string, call: Call): string => this.#ids.get(`${state} ${call}`) ?? '';

  readonly #each = (states: readonly string[], act: (state: string, call: Call) => Promise<unknown>) =>
    Promise.all(states.flatMap((state) => calls.map((call) => act(state, call))));

  submit = (pattern: RegExp) =>
    this.#each(named(pattern), async (state, call) => {
      const headers = { 'idempotency-key': `"${state} ${call}"` };
      const { id } = await this.#system.request(states[state] ?? short, headers);
      this.#ids.set(`${state} ${call}`, id);
    });

  post = (action: 'cancel' | 'retry', pattern: RegExp) =>
    this.#each(named(pattern), (state, call) =>
      this.#system.call('POST', `/jobs/${this.id(state, call)}/${action}`),
    );

  erase = (pattern: RegExp) =>
    this.#each(named(pattern), (state, call) => this.#system.call('DELETE', `/jobs/${this.id(state, call)}`));

  run = (pattern: RegExp) =>
    this.#each(named(pattern), (state, call) =>
      eventually(async () => {
        const { status } = await this.#system.get(this.id(state, call));
        return status === 'running' || undefined;
      }, 'the job to run'),
    );

  hold = (pattern: RegExp) =>
    this.#each(named(pattern), (state, call) =>
      eventually(async () => {
        const { waitReason } = await this.#system.get(this.id(state, call));
        return waitReason?.startsWith('paused') || undefined;
      }, 'the job to be held'),
    );

  end = (pattern: RegExp) =>
    this.#each(named(pattern), (state, call) => this.#system.finished(this.id(state, call)));

  /** The first call after the restore. */
  async answer(state: string, call: Call): Promise<string> {
    const path = `/jobs/${this.id(state, call)}`;
    const body = JSON.stringify(states[state]);
    const headers = { 'idempotency-key': `"${state} ${call}"` };
    const answers: Readonly<Record<Call, () => Promise<Answer>>> = {
      status: () => this.#system.call('GET', path),
      cancel: () => this.#system.call('POST', `${path}/cancel`),
      retry: () => this.#system.call('POST', `${path}/retry`),
      erase: () => this.#system.call('DELETE', path),
      key: () => this.#system.call('POST', '/jobs', { body, headers }),
    };
    const answer = await answers[call]();
    const replayed = call === 'key' && answer.headers['idempotent-replayed'] === 'true' ? ', replayed' : '';
    const shown = answer.status < 300 && answer.status !== 204 ? ` ${statusIn(answer)}` : '';
    return `${answer.status}${shown}${replayed}`;
  }

  async outcome(state: string): Promise<string> {
    const answer = await this.#system.call('GET', `/jobs/${this.id(state, 'status')}`);
    if (answer.status !== 200) return String(answer.status);
    const { history } = z
      .object({ history: z.array(z.object({ event: z.string() })) })
      .parse(JSON.parse(answer.body));
    const count = (pattern: RegExp) => history.filter(({ event }) => pattern.test(event)).length;
    return `${statusIn(answer)}, ${count(/^started$/) - count(attemptLost)}`;
  }
}

/** On a busy machine a claim may be answered after its lease: its attempt is lost, and another one is made. That says nothing of a restore. */
const attemptLost = /^(crashed|interrupted)$/;

const statusIn = ({ body }: Answer): string =>
  z.object({ status: z.string() }).parse(JSON.parse(body)).status;

/** Hides the messages of the standard queue. */
async function take({ sqs, queueUrl }: System['aws'], count: number): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  await eventually(async () => {
    const input = { QueueUrl: queueUrl('standard'), MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
    taken.push(...Messages.map(({ ReceiptHandle = '', Body: body = '' }) => ({ ReceiptHandle, body })));
    return taken.length >= count || undefined;
  }, 'all messages');
  return taken;
}

/** Shows them again. */
const putBack = ({ sqs, queueUrl }: System['aws'], taken: readonly Taken[]) =>
  Promise.all(
    taken.map(({ ReceiptHandle }) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          ...{ QueueUrl: queueUrl('standard'), ReceiptHandle },
          VisibilityTimeout: 0,
        }),
      ),
    ),
  );

type Item = Record<string, AttributeValue>;

async function itemsOf({ dynamoDb, tableName: TableName }: System['aws']): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName, ConsistentRead: true }))
    items.push(...Items);
  return items;
}

/** The table has what it had then, and nothing else. */
async function putItems(aws: System['aws'], items: readonly Item[]): Promise<void> {
  const { dynamoDb, tableName: TableName } = aws;
  for (const { id } of await itemsOf(aws))
    if (id) await dynamoDb.send(new DeleteItemCommand({ TableName, Key: { id } }));
  for (const Item of items) await dynamoDb.send(new PutItemCommand({ TableName, Item }));
}

export function describeRestoredTable(started: () => System): void {
  test('each call to jobs in all states, after a table of before was restored and the queues are those of now', async () => {
    const system = started();
    const jobs = new Jobs(system);

    // Until then.
    await jobs.submit(/once more/);
    const old = await take(system.aws, calls.length);
    await putBack(system.aws, old);
    system.start();
    await jobs.submit(/^(succeeded(?!.*once more)|canceled|failed)/);
    await jobs.post('cancel', /^canceled/);
    await jobs.end(/^(succeeded|canceled|failed)/);
    await system.drained('standard');
    await system.halt('standard');
    await jobs.submit(/^queued(, and|; held)/);
    const queued = await take(system.aws, 2 * calls.length);
    const isHeld = ({ body }: Taken): boolean =>
      calls.some((call) => body.includes(jobs.id('queued; held by a pause since', call)));
    await jobs.submit(/^running/);
    await jobs.run(/^running/);
    // The last ones: their time is near.
    await jobs.submit(/^(queued; has|waiting)/);
    const then = await itemsOf(system.aws);

    // Since then.
    await release();
    system.start('standard');
    await jobs.submit(/^not there; has succeeded/);
    await jobs.post('retry', /retried since, and has ended/);
    await jobs.erase(/erased since/);
    await jobs.end(/has (succeeded|ended)( since)?$/);
    await system.call('POST', '/pauses', { body: JSON.stringify({ name: 'type:csv-sums' }) });
    await setTimeout(maxPausesAgeMs);
    await putBack(system.aws, queued.filter(isHeld));
    await jobs.submit(/^not there; held/);
    await jobs.hold(/held by a pause/);
    // The item says so before the message is deleted.
    await system.drained('standard', queued.length - calls.length);
    await system.halt();
    await jobs.submit(/^not there; queued/);
    await jobs.post('retry', /retried since, and the message/);
    for (const { body } of old) await system.send(body);
    await putBack(
      system.aws,
      queued.filter((each) => !isHeld(each)),
    );

    await putItems(system.aws, then);
    const answers = new Map<string, readonly string[]>();
    for (const state of Object.keys(states))
      answers.set(state, await Promise.all(calls.map((call) => jobs.answer(state, call))));
    // The pause is in the table that was left.
    await setTimeout(maxPausesAgeMs);
    system.start();
    await jobs.end(/^queued, and/);
    await system.drained('standard');
    await system.drained('long');
    const rows = Object.keys(states).map(async (state) =>
      [state, ...(answers.get(state) ?? []), await jobs.outcome(state)].join(' | '),
    );
    expect(await Promise.all(rows)).toEqual(expected);
  });
}
