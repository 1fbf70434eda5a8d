import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { projectDir } from '../project-copy.ts';
import { inTurn, startsOf, type TableName, tableNames, touchedOfLate, turnOf, turns } from '../turns.ts';
import { coverOf, watched } from './cover.ts';
import { disturbances, serverFaults } from './faults.ts';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { choose, chosenShare, inShare, reached, shares } from './share.ts';

/** Git, as far as it knows. */
const knowing = (answers: Readonly<Record<string, string>>) => (command?: string) => answers[command ?? ''];
const commits = (count: number) => knowing({ 'rev-parse': 'false', 'rev-list': String(count) });

describe('the share', () => {
  test('of forty commits in a row, each plays other cases, and together they play every case', () => {
    const calls = ['send to run', 'submit', 'read', 'claim', 'read object', 'succeed', 'delete run-1'];
    const cases = disturbances(calls, serverFaults);
    const played = Array.from({ length: shares }, (_, later) =>
      cases.filter(inShare(chosenShare({}, commits(567 + later)).number)),
    );
    expect(played.flat()).toHaveLength(cases.length);
    expect(new Set(played.flat())).toEqual(new Set(cases));
    for (const some of played) expect(Math.abs(some.length - cases.length / shares)).toBeLessThan(1);
  });

  test('is one more with each commit, or what SHARE says', () => {
    expect(chosenShare({}, commits(568))).toEqual({ number: 8, by: '568 commits' });
    expect(chosenShare({}, commits(600)).number).toBe(0);
    expect(chosenShare({ SHARE: '3' }, commits(568))).toEqual({ number: 3, by: 'SHARE' });
    expect(() => chosenShare({ SHARE: '40' })).toThrow(RangeError);
    expect(() => chosenShare({ SHARE: '' })).toThrow(RangeError);
  });

  test('is chosen by the date where the number of commits is not known', () => {
    const [today, tomorrow] = [Date.UTC(2026, 10, 27), Date.UTC(2026, 10, 28)];
    const shallow = knowing({ 'rev-parse': 'true', 'rev-list': '1' });
    for (const git of [shallow, knowing({})]) {
      expect(chosenShare({}, git, today).by).toBe('the date');
      expect(chosenShare({}, git, tomorrow).number).toBe((chosenShare({}, git, today).number + 1) % shares);
    }
  });
});

describe('what a change can reach is played whole', () => {
  const files = ['clock-scenarios', 'group-scenarios', 'long-scenarios', 'take-over-scenarios'];
  const by = (...touched: readonly string[]) => [...reached(files, touched)];

  test.each([
    'shared/domain/state/job/transitions.ts',
    'shared/delivery/classify-delivery.ts',
    'shared/worker/attempt/process-delivery.ts',
    'shared/operations/act/cancel-job.ts',
    'shared/admission/process-arrival.ts',
    'shared/delivery/resolve-dead-letter.ts',
    'shared/notify/deliver-notification.ts',
    'server/serve-queue.ts',
    'tests/job-types/counting/handler.ts',
    'testkit/play/virtual-time.ts',
    'tests/simulation/world.ts',
    'tests/simulation/invariants.ts',
    'tests/simulation/enumerate.ts',
    'package-lock.json',
  ])('%s reaches everything', (file) => {
    expect(by(file)).toEqual(files);
  });

  test('scenarios reach their own file, and those that build on it', () => {
    expect(by('tests/simulation/clock-scenarios.ts')).toEqual(['clock-scenarios']);
    expect(by('tests/simulation/long-scenarios.ts')).toEqual(['long-scenarios', 'take-over-scenarios']);
  });

  test.each([
    'README.md',
    'shared/http/wire/respond.ts',
    'functions/pages/html/words.ts',
    'job-types/send-email/handler.ts',
  ])('%s reaches nothing', (file) => {
    expect(by(file)).toEqual([]);
  });

  test('in the long tests everything is played', () => {
    expect(choose(files, { SIMULATION: 'full' })).toEqual({
      whole: new Set(files),
      share: 0,
      of: 1,
      text: 'everything',
    });
  });

  test('unless it is more than half of the files: of those a tenth is played', () => {
    const chosen = (...touched: readonly string[]) => choose(files, { SHARE: '23' }, touched);
    expect(chosen('tests/simulation/long-scenarios.ts')).toEqual({
      whole: new Set(['long-scenarios', 'take-over-scenarios']),
      share: 23,
      of: shares,
      text: 'share 23 of 0 to 39, by SHARE, and all of what was touched: long-scenarios, take-over-scenarios',
    });
    expect(chosen('shared/domain/state/job/transitions.ts')).toEqual({
      whole: new Set(),
      share: 3,
      of: 10,
      text: 'share 3 of 0 to 9, by SHARE, since 4 of 4 files were touched',
    });
    expect(chosen('README.md')).toMatchObject({ whole: new Set(), of: shares });
  });
});

describe('the faults of some scenarios reach what those of all do', () => {
  const reach = (name: string, calls: number, ...cuts: readonly string[]) => ({
    ...{ name, calls, stays: false },
    cuts: new Set(cuts),
  });

  test('each cut of a scenario that leaves is one of a scenario that stays; the cheapest for what they add stay', () => {
    const dear = reach('dear', 500, 'a', 'b', 'c', 'd');
    const some = [dear, reach('one', 40, 'a', 'b'), reach('another', 50, 'b', 'c'), reach('same', 60, 'c')];
    expect(coverOf(some)).toEqual(new Set(['one', 'another', 'dear']));
    expect(coverOf(some.slice(1))).toEqual(new Set(['one', 'another']));
  });

  test('one stays that has to, and what it reaches is reached', () => {
    const [one, another] = [reach('one', 40, 'a', 'b'), { ...reach('another', 900, 'b', 'a'), stays: true }];
    expect(coverOf([one, another])).toEqual(new Set(['another']));
  });

  test('a cut is a call of a role while its jobs are in a state, with a fault of the scenario', async () => {
    const [first] = scenarios;
    if (!first) throw new Error('there is no scenario');
    const { scenario, cuts } = watched({ ...first, faults: ['crash-before'] });
    const { calls } = await play(scenario);
    expect(cuts).toContain('worker||claim|absent|crash-before');
    expect(cuts).toContain('worker||delete run-N|succeeded |crash-before');
    expect(cuts.size).toBe(calls.length);
  });
});

describe('dear tables of other levels', () => {
  const wholeBy = (...touched: readonly string[]) => [...turnOf({}, touched, commits(568)).whole];

  test('of ten commits in a row, each plays the core, and together they play each other row once', () => {
    const rows = Array.from({ length: 47 }, (_, at) => at);
    const played = Array.from({ length: turns }, (_, later) =>
      inTurn('saves of npm start', rows, { core: 4, turn: turnOf({}, [], commits(567 + later)) }),
    );
    for (const some of played) expect(some.slice(0, 4)).toEqual([0, 1, 2, 3]);
    const others = played.flatMap((some) => some.slice(4));
    expect(others.toSorted((one, other) => one - other)).toEqual(rows.slice(4));
  });

  test.each<[string, string, readonly TableName[]]>([
    ['local/lambda/live-bundles', '.ts', ['saves of npm start']],
    ['infra/packaging/own-code', '.cjs', ['saves of npm start']],
    [
      'testkit/cut-everywhere',
      '.ts',
      ['faults in handlers', 'handlers that are right', 'faults in remote jobs'],
    ],
    ['tests/unit/testkit/right-jobs', '.ts', ['handlers that are right']],
    [
      'shared/author/remote',
      '.ts',
      ['faults in handlers', 'handlers that are right', 'faults in remote jobs', 'mutants of the simulation'],
    ],
    ['tests/simulation/webhook-limit-rule', '.ts', ['mutants of the simulation']],
    ['functions/pages/html/words', '.ts', []],
    ['README', '.md', []],
  ])('%s%s reaches %j', (path, ending, reached) => {
    const file = path + ending;
    expect(wholeBy(file)).toEqual(expect.arrayContaining([...reached]));
    expect(wholeBy(file)).toHaveLength(reached.length);
  });

  test('all is played if its own rule or a library was touched, in the long tests, and if nobody knows what was touched', () => {
    for (const file of ['tests/turns.ts', 'package-lock.json']) expect(wholeBy(file)).toEqual(tableNames);
    for (const env of [{ TURNS: 'all' }, { SIMULATION: 'full' }])
      expect([...turnOf(env, []).whole]).toEqual(tableNames);
    expect([...turnOf({}, undefined).whole]).toEqual(tableNames);
    expect(touchedOfLate(knowing({}))).toBeUndefined();
    expect(touchedOfLate(knowing({ log: '2026-11-28T21:52:07Z', 'rev-parse': 'true' }))).toBeUndefined();
    const young = { log: '2026-11-28T21:52:07Z', 'rev-parse': 'false', 'rev-list': '' };
    expect(touchedOfLate(knowing(young))).toBeUndefined();
  });

  test('asks for what a day before the last commit has changed', () => {
    const asked: string[][] = [];
    const answers = knowing({ log: '2026-11-28T21:52:07+00:00', 'rev-parse': 'false', 'rev-list': 'HEAD' });
    const touched = touchedOfLate((...args) => {
      asked.push([...args]);
      return answers(args[0]);
    });
    expect(asked).toContainEqual(['rev-list', '-1', '--before=2026-11-27T21:52:07.000Z', 'HEAD']);
    expect(touched).toBeDefined();
  });

  test('the files of each table are there', () => {
    const files = tableNames.flatMap(startsOf);
    expect(files.filter((file) => !existsSync(join(projectDir, file)))).toEqual([]);
  });
});
