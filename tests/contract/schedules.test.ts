import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { credentials, region } from '../../local/local-aws.ts';
import { createScheduleGroup } from '../../local/schedules/schedule-resource.ts';
import { type ScheduleServer, startScheduleServer } from '../../local/schedules/schedule-server.ts';
import {
  eventBridgeSchedules,
  type ScheduleSettings,
  schedulerClient,
} from '../../shared/aws/queues/one-time-schedules.ts';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { type PausedSchedules, pausedSchedulesIn } from '../../shared/domain/schedules/paused-schedules.ts';
import { SchedulesUnavailableError } from '../../shared/domain/schedules/schedule-errors.ts';
import type { OneTimeSchedule, OneTimeSchedules } from '../../shared/domain/schedules/schedule-ports.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { InMemoryOneTimeSchedules } from '../../testkit/fakes/in-memory-schedules.ts';
import { startWireProxy } from '../integration/wire-proxy.ts';
import type { LocalAws } from '../local-aws.ts';
import { startJsonServer } from '../stand-ins/json-server.ts';
import { testedSchedulerClient } from './lean/tested-clients.ts';
import { describeWithMoto, motoEndpoint, newLocalAws } from './shared-services.ts';

interface Sample {
  readonly text: string;
}

/** The schedules, and what a test needs besides the port. */
interface SchedulesUnderTest {
  readonly schedules: OneTimeSchedules<Sample>;
  /** What there is under a name. */
  find(name: string): Promise<Pick<OneTimeSchedule<Sample>, 'at' | 'message'> | undefined>;
  /** A full minute ahead. */
  readonly ahead: number;
}

let count = 0;
const newName = (): string => {
  count += 1;
  return `a_Name.of-${count}`;
};

/** What the fake and the adapter must have in common. */
function describeOneTimeSchedules(name: string, make: () => SchedulesUnderTest): void {
  describe(`${name} as OneTimeSchedules`, () => {
    test('keeps a schedule as it was created, whatever its texts', async () => {
      const { schedules, find, ahead } = make();
      const text = 'ü 🎈 \u0000 \uFFFE <&>"\' <aws.scheduler.execution-id>';
      const schedule = { name: newName(), at: ahead, message: { text } };
      await schedules.create(schedule);
      expect(await find(schedule.name)).toEqual({ at: ahead, message: { text } });
    });

    test('creates none where there is one of the name', async () => {
      const { schedules, find, ahead } = make();
      const schedule = { name: newName(), at: ahead, message: { text: 'first' } };
      await schedules.create(schedule);
      await schedules.create({ ...schedule, message: { text: 'second' } });
      expect((await find(schedule.name))?.message).toEqual({ text: 'first' });
    });

    test('deletes a schedule, and does nothing if there is none', async () => {
      const { schedules, find, ahead } = make();
      const [deleted, other] = [newName(), newName()];
      for (const each of [deleted, other])
        await schedules.create({ name: each, at: ahead, message: { text: each } });
      await schedules.delete(deleted);
      await schedules.delete(deleted);
      await schedules.delete('never-created');
      expect([await find(deleted), (await find(other))?.message]).toEqual([undefined, { text: other }]);
    });

    test('takes a name of 64 characters', async () => {
      const { schedules, find, ahead } = make();
      const long = 'n'.repeat(64);
      await schedules.create({ name: long, at: ahead, message: { text: 'long' } });
      expect(await find(long)).toBeDefined();
    });
  });
}

/** What it must refuse. @param make with a full minute that is past */
function describeRefusals(name: string, make: () => SchedulesUnderTest & { readonly past: number }): void {
  const refused = async (over: Partial<OneTimeSchedule<Sample>>) => {
    const { schedules, ahead } = make();
    const schedule = { name: newName(), at: ahead, message: { text: 'refused' }, ...over };
    await expect(schedules.create(schedule)).rejects.toThrow(SchedulesUnavailableError);
  };

  describe(`${name} as OneTimeSchedules that refuse`, () => {
    test('a time that is past', () => refused({ at: make().past }));

    test.each(['n'.repeat(65), 'a name', 'ä', 'a/b'])('the name %s', (each) => refused({ name: each }));
  });
}

const minuteMs = 60_000;
const clock = new FixedClock();
const ahead = (Math.floor(clock.now() / minuteMs) + 20) * minuteMs;
const past = Math.floor(clock.now() / minuteMs) * minuteMs;

const fake = new InMemoryOneTimeSchedules<Sample>(clock);
const fakeUnderTest = () => ({
  schedules: fake,
  find: async (name: string) => {
    const found = fake.schedules.get(name);
    return found && { at: found.at, message: found.message };
  },
  ahead,
  past,
});

const settings: ScheduleSettings = {
  groupName: 'schedules',
  roleArn: 'arn:aws:iam::000000000000:role/scheduler',
  targetArn: `arn:aws:sqs:${region}:000000000000:waiting`,
  deadLetterArn: `arn:aws:sqs:${region}:000000000000:dead-letter`,
};

const over = (client: SchedulerClient): Pick<SchedulesUnderTest, 'schedules' | 'find'> => ({
  schedules: eventBridgeSchedules<Sample>(client, settings),
  async find(Name) {
    try {
      const found = await client.send(new GetScheduleCommand({ Name, GroupName: settings.groupName }));
      const time = /^at\((.+)\)$/.exec(found.ScheduleExpression ?? '')?.[1];
      return { at: Date.parse(`${time}Z`), message: JSON.parse(found.Target?.Input ?? '') };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  },
});

const clientOf = (endpoint: string, maxAttempts = 1) =>
  testedSchedulerClient({ endpoint, region, credentials, maxAttempts });

let server: ScheduleServer;
let endpoint: string;
let client: SchedulerClient;

const local = () => ({ ...over(client), ahead, past });

const environmentOf = (endpoint: string) => ({
  AWS_ENDPOINT_URL_SCHEDULER: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

describe('one time schedules', () => {
  describeOneTimeSchedules('InMemoryOneTimeSchedules', fakeUnderTest);
  describeRefusals('InMemoryOneTimeSchedules', fakeUnderTest);

  test('InMemoryOneTimeSchedules fails when a test says so', async () => {
    const failing = new InMemoryOneTimeSchedules<Sample>();
    failing.isFailing = true;
    const created = failing.create({ name: 'n', at: ahead, message: { text: '' } });
    await expect(created).rejects.toThrow(SchedulesUnavailableError);
    await expect(failing.delete('n')).rejects.toThrow(SchedulesUnavailableError);
    expect(failing.schedules.size).toBe(0);
  });
  beforeAll(async () => {
    // None of them fires, so there need be no queues.
    server = await startScheduleServer({ sqsEndpoint: 'http://127.0.0.1:1', clock });
    endpoint = `http://127.0.0.1:${server.port}`;
    await createScheduleGroup(endpoint, settings.groupName);
    client = clientOf(endpoint);
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });
  describeOneTimeSchedules('the EventBridge Scheduler of this machine', local);
  describeRefusals('the EventBridge Scheduler of this machine', local);

  test('a schedule is created with what Scheduler needs to deliver it', async () => {
    await over(client).schedules.create({ name: 'whole', at: ahead, message: { text: '<aws.a>' } });
    const created = await client.send(new GetScheduleCommand({ Name: 'whole', GroupName: 'schedules' }));
    expect(created).toMatchObject({
      ScheduleExpression: 'at(2026-01-02T03:24:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: settings.targetArn,
        RoleArn: settings.roleArn,
        // Scheduler would put something of its own in the place of its words.
        Input: '{"text":"\\u003caws.a>"}',
        DeadLetterConfig: { Arn: settings.deadLetterArn },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  test('a group that does not exist, and an endpoint that does not answer, make every call throw', async () => {
    const nowhere = clientOf('http://127.0.0.1:1');
    const schedule = { name: 'n', at: ahead, message: { text: '' } };
    const none = eventBridgeSchedules<Sample>(client, { ...settings, groupName: 'unknown' });
    await expect(none.create(schedule)).rejects.toThrow(SchedulesUnavailableError);
    const { schedules } = over(nowhere);
    await expect(schedules.create(schedule)).rejects.toThrow(SchedulesUnavailableError);
    await expect(schedules.delete('n')).rejects.toThrow(SchedulesUnavailableError);
    nowhere.destroy();
  });

  test('a schedule whose answer was lost is there: its repetition is no conflict', async () => {
    const wire = await startWireProxy(endpoint);
    const treatments = ['lose-answer', 'pass'] as const;
    wire.treat = () => treatments[wire.operations.length - 1] ?? 'refuse';
    const twice = clientOf(wire.endpoint, 2);
    const schedule = { at: ahead, message: { text: 'some' } };
    await over(twice).schedules.create({ name: 'lost-answer', ...schedule });
    expect(wire.operations).toHaveLength(2);
    expect(await over(client).find('lost-answer')).toEqual(schedule);
    twice.destroy();
    await wire.stop();
  });

  test.each([
    [429, 'ThrottlingException'],
    [402, 'ServiceQuotaExceededException'],
    [500, 'InternalServerException'],
  ])('an answer of %i, %s, throws after two tries at most: the caller waits longer', async (status, code) => {
    let calls = 0;
    const server = await startJsonServer(() => {
      calls += 1;
      return { status, headers: { 'x-amzn-errortype': code }, body: { Message: 'no' } };
    });
    Object.assign(process.env, environmentOf(server.endpoint));
    const refusing = schedulerClient();
    const { schedules } = over(refusing);
    const created = schedules.create({ name: 'n', at: ahead, message: { text: '' } });
    await expect(created).rejects.toThrow(SchedulesUnavailableError);
    expect(calls).toBe(code === 'ServiceQuotaExceededException' ? 1 : 2);
    refusing.destroy();
    await server.stop();
  });
});

/** Another one's idea of the protocol. It checks neither times nor names. */
describeWithMoto('moto (needs python3-moto)', () => {
  let motoClient: SchedulerClient;
  beforeAll(async () => {
    motoClient = clientOf(motoEndpoint);
    await motoClient.send(new CreateScheduleGroupCommand({ Name: settings.groupName }));
  });
  afterAll(async () => {
    motoClient?.destroy();
  });
  describeOneTimeSchedules('the scheduler of moto', () => ({
    ...over(motoClient),
    ahead,
    checksNames: false,
  }));
});

/**
 * What every `PausedSchedules` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator.
 * @param newOne as a new stage has it
 */
function describePausedSchedules(name: string, newOne: () => Promise<PausedSchedules>): void {
  describe(`${name} as PausedSchedules`, () => {
    test('has none at first', async () => {
      expect(await (await newOne()).read()).toEqual(new Set());
    });

    test('has what was paused and not resumed', async () => {
      const paused = await newOne();
      for (const one of ['a', 'b', 'c']) await paused.pause(one);
      await paused.resume('b');
      expect(await paused.read()).toEqual(new Set(['a', 'c']));
    });

    test('has none after the last one was resumed, and can be paused again', async () => {
      const paused = await newOne();
      await paused.pause('a');
      await paused.resume('a');
      expect(await paused.read()).toEqual(new Set());
      await paused.pause('a');
      expect(await paused.read()).toEqual(new Set(['a']));
    });

    test('does a call that comes twice once', async () => {
      const paused = await newOne();
      for (const one of ['a', 'a', 'b']) await paused.pause(one);
      for (const one of ['a', 'a']) await paused.resume(one);
      expect(await paused.read()).toEqual(new Set(['b']));
    });

    test('resumes what is not paused, and there is still none', async () => {
      const paused = await newOne();
      await paused.resume('a');
      expect(await paused.read()).toEqual(new Set());
    });

    test('loses no name if several are paused and resumed at a time', async () => {
      const paused = await newOne();
      await paused.pause('gone');
      const names = Array.from({ length: 10 }, (_, index) => `schedule-${index}`);
      await Promise.all([paused.resume('gone'), ...names.map((one) => paused.pause(one))]);
      expect(await paused.read()).toEqual(new Set(names));
    });
  });
}

let aws: LocalAws;
const key = toAttributes({ id: 'paused-schedules' });

describe('paused schedules', () => {
  describePausedSchedules('InMemoryPausedSchedules', async () => pausedSchedulesIn(new InMemoryRecords()));
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());
  describePausedSchedules('dynamoDbPausedSchedules', async () => {
    await aws.dynamoDb.send(new DeleteItemCommand({ TableName: aws.tableName, Key: key }));
    return pausedSchedulesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
  });

  afterEach(() => void aws.dynamoDb.middlewareStack.remove('inputs'));

  // The emulator has no other reads than consistent ones, so only the request can show it.
  test('dynamoDbPausedSchedules reads consistently', async () => {
    const inputs: object[] = [];
    aws.dynamoDb.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === GetItemCommand.name) inputs.push(args.input);
          return next(args);
        },
      { step: 'initialize', name: 'inputs' },
    );
    await pausedSchedulesIn(dynamoDbRecords(aws.dynamoDb, aws.env)).read();
    expect(inputs).toEqual([{ TableName: aws.tableName, Key: key, ConsistentRead: true }]);
  });

  test('dynamoDbPausedSchedules says that they are unavailable if the table is not there', async () => {
    const nowhere = pausedSchedulesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    for (const call of [() => nowhere.read(), () => nowhere.pause('a'), () => nowhere.resume('a')])
      await expect(call()).rejects.toThrow(StoreUnavailableError);
  });
});
