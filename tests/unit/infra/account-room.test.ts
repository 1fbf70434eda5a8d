import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { type AccountLimit, roomFor } from '../../../infra/account-room.ts';
import { askAccount } from '../../../infra/ask-account.ts';
import { type StageTemplate, stageTemplateIn } from '../../../infra/stage-template.ts';

const stageWith = (over: Partial<StageTemplate>): StageTemplate => ({
  ...{ variables: { WAIT_SECONDS: '25' }, expiry: {}, reserved: 0, maxima: 74 },
  ...over,
});
const limitOf = (limit: number, unreserved = limit): AccountLimit => ({
  ConcurrentExecutions: limit,
  UnreservedConcurrentExecutions: unreserved,
});

describe('the line on the room of an account', () => {
  test('says what is left beside the maxima of the queues', () => {
    expect(roomFor({ next: stageWith({}) }, limitOf(1_000, 980))).toEqual({
      fits: true,
      line: expect.stringMatching(
        /^Lambda runs 1000 invocations .* 980 of them .* take 74 of these at most\. /,
      ),
    });
  });

  test('says what to do where they take all, and that nobody should wait in a small account', () => {
    const { line, fits } = roomFor({ next: stageWith({ maxima: 16 }) }, limitOf(10));
    expect(fits).toBe(false);
    expect(line).toMatch(/take 16 of these at most: while they do, the API answers 503\. Ask for 1,000 /);
    expect(line).toMatch(/Set waitSeconds to 0: /);
  });

  test.each([
    ['where nobody waits', stageWith({ maxima: 16, variables: { WAIT_SECONDS: '0' } }), limitOf(10)],
    ['in an account where waits can have a reservation', stageWith({ maxima: 900 }), limitOf(900)],
  ])('says nothing of waits %s', (_where, next, limit) => {
    expect(roomFor({ next }, limit)).toMatchObject({
      fits: false,
      line: expect.not.stringContaining('waitS'),
    });
  });
});

describe('a reservation', () => {
  test.each([
    [900, limitOf(1_000)],
    [100, limitOf(1_000, 200)],
  ])('of %i is made where 100 are left', (reserved, limit) => {
    expect(roomFor({ next: stageWith({ reserved }) }, limit)).not.toHaveProperty('problem');
  });

  test.each([
    [901, limitOf(1_000), '99 would be left', 'Set it to 900 at most'],
    [101, limitOf(1_000, 200), '99 would be left', 'Set it to 100 at most'],
    [1, limitOf(100), '99 would be left', 'Set it to none'],
    [20, limitOf(10), '0 would be left', 'Set it to none'],
  ])('of %i is refused where fewer are left', (reserved, limit, left, remedy) => {
    const { problem } = roomFor({ next: stageWith({ reserved }) }, limit);
    expect(problem).toMatch(
      new RegExp(`^waitReserved is ${reserved}: .*${left}.*Lambda demands 100\\. ${remedy}, `),
    );
  });

  test('that the stage has already is not counted twice, and may stay and get smaller whatever is left', () => {
    const deployed = stageWith({ reserved: 800 });
    const problemOf = (reserved: number, limit: AccountLimit) =>
      roomFor({ next: stageWith({ reserved }), deployed }, limit).problem;
    expect(problemOf(900, limitOf(1_000, 200))).toBeUndefined();
    expect(problemOf(901, limitOf(1_000, 200))).toBeDefined();
    expect(problemOf(800, limitOf(850, 50))).toBeUndefined();
    expect(problemOf(700, limitOf(750, 20))).toBeUndefined();
  });
});

describe('the account', () => {
  const template = {
    Resources: {
      Wait: {
        Type: 'AWS::Lambda::Function',
        Properties: { Environment: { Variables: { WAIT_SECONDS: '25' } } },
      },
      Worker: { Type: 'AWS::Lambda::Function' },
      Standard: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { ScalingConfig: { MaximumConcurrency: 10 } },
      },
      Dead: { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} },
      Long: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { ScalingConfig: { MaximumConcurrency: 4 } },
      },
    },
  };

  /** What is told of an account with this limit. */
  async function toldOf(limit: number, status = 200) {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ AccountLimit: limitOf(limit) }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const endpoint = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    const config = { endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 };
    const told = await askAccount({ stack: 'job-worker-dev', template }, config);
    server.close();
    return { told, asked };
  }

  test('is asked once, and the maxima are those of the template', async () => {
    const { told, asked } = await toldOf(15);
    expect(asked).toEqual(['/2016-08-19/account-settings']);
    expect(told).toEqual({ notice: expect.stringContaining(' 15 invocations ') });
    expect(stageTemplateIn(template)).toMatchObject({ maxima: 14, reserved: 0 });
  });

  test('that is too small is a warning, and so is one that does not answer', async () => {
    expect((await toldOf(14)).told).toEqual({ warning: expect.stringContaining(' 14 invocations ') });
    expect((await toldOf(15, 403)).told).toEqual({ warning: expect.stringContaining('is not known: ') });
  });
});
