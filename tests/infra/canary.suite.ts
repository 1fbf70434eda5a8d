import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { shifts } from '../../infra/parameters/shifts.ts';
import { projectDir } from '../project-copy.ts';
import { problemsOfTemplate } from './cloudformation/template-problems.ts';
import { kind, lambdaFunction, metricFilter } from './kinds.ts';
import { canaryExceptions } from './nag-exceptions.ts';
import { findingsIn } from './nag-findings.ts';
import { canary } from './package-all.ts';
import type { Template } from './template.ts';

const ref = z.pipe(
  z.object({ Ref: z.string() }),
  z.transform((value): string => value.Ref),
);
const group = kind(
  'AWS::CodeDeploy::DeploymentGroup',
  z.object({
    ApplicationName: ref,
    DeploymentConfigName: z.string(),
    AlarmConfiguration: z.object({ Enabled: z.literal(true), Alarms: z.array(z.object({ Name: ref })) }),
    AutoRollbackConfiguration: z.object({ Enabled: z.literal(true), Events: z.array(z.string()) }),
  }),
);
const stat = z.object({
  Metric: z.object({
    Namespace: z.unknown(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  }),
  Period: z.number(),
  Stat: z.string(),
});
const mathAlarm = z.object({
  Metrics: z.array(
    z.object({ Id: z.string(), MetricStat: z.optional(stat), Expression: z.optional(z.string()) }),
  ),
  TreatMissingData: z.literal('notBreaching'),
  AlarmActions: z.optional(z.undefined()),
});

/** What takes calls or runs jobs: more than these at once would be more calls than Lambda's control plane takes. */
const moved = ['Submit', 'Status', 'Api', 'Worker', 'LongWorker', 'Bulk'];
const movedIds = moved.map((name) => `${name}LambdaFunction`);

const alarmIds = [
  ...moved.map((name) => `Canary${name}ErrorsAlarm`),
  ...['CanaryWorkerAttemptsAlarm', 'CanaryLongWorkerAttemptsAlarm', 'CanaryBulkAttemptsAlarm'],
  ...['CanaryUnreadableAlarm', 'CanaryApiFaultsAlarm'],
];

/** The template of another way differs in its name and in the periods of its alarms. */
function withMode(text: string, mode: string): string {
  const [{ config = '', windowMinutes = 0 } = {}, { config: other = '', windowMinutes: minutes = 0 } = {}] = [
    shifts[canary],
    shifts[mode],
  ];
  return text
    .replaceAll(config, other)
    .replaceAll(`"Period":${60 * windowMinutes}`, `"Period":${60 * minutes}`);
}

/** @param template of a stage whose other parameters are those of a stage with servers */
export function describeCanary(template: Template): void {
  const functions = [...template.all(lambdaFunction).keys()];
  const metricsOf = (id: string) => mathAlarm.parse(template.resources[id]?.Properties).Metrics;

  test('CodeDeploy moves the alias of what takes calls or runs jobs, by a group of its own, and knows it before', () => {
    for (const id of movedIds) {
      const { DependsOn, UpdatePolicy } = template.resources[`${id}LiveAlias`] ?? {};
      const DeploymentGroupName = { Ref: `${id}CanaryGroup` };
      expect(DependsOn).toBe(`${id}CanaryGroup`);
      expect(UpdatePolicy).toEqual({
        CodeDeployLambdaAliasUpdate: { ApplicationName: { Ref: 'CanaryApplication' }, DeploymentGroupName },
      });
    }
    expect([...template.all(group).keys()].sort()).toEqual(movedIds.map((id) => `${id}CanaryGroup`).sort());
    const others = functions.filter((id) => !movedIds.includes(id));
    expect(others).toHaveLength(functions.length - moved.length);
    for (const id of others) expect(template.resources[`${id}LiveAlias`]?.UpdatePolicy).toBeUndefined();
  });

  // A build goes back as a whole. CodeDeploy once took ten alarms, and now takes fifty.
  test('each of the same alarms undoes each group', () => {
    for (const each of template.all(group).values()) {
      expect(each.DeploymentConfigName).toBe('CodeDeployDefault.LambdaCanary10Percent5Minutes');
      expect(each.AlarmConfiguration.Alarms.map(({ Name }) => Name)).toEqual(alarmIds);
      expect(each.AutoRollbackConfiguration.Events).toContain('DEPLOYMENT_STOP_ON_ALARM');
    }
    for (const id of alarmIds) expect(template.resources[id]?.Type).toBe('AWS::CloudWatch::Alarm');
  });

  // An error of the version before must not stop the deployment that mends it.
  test('counts errors of the new version of each function, where the alias has called it', () => {
    for (const [at, id] of movedIds.entries()) {
      const asked = metricsOf(`Canary${moved[at]}ErrorsAlarm`).flatMap(({ MetricStat }) => MetricStat ?? []);
      expect(asked.map(({ Metric }) => Metric.MetricName)).toEqual(['Errors', 'Invocations']);
      for (const { Metric } of asked)
        expect(Metric.Dimensions).toEqual([
          { Name: 'FunctionName', Value: { Ref: id } },
          { Name: 'Resource', Value: { 'Fn::Join': [':', [{ Ref: id }, 'live']] } },
          { Name: 'ExecutedVersion', Value: versionOf(template, id) },
        ]);
    }
  });

  test('compares the attempts of the new version with those of the other, by what filters make of lines', () => {
    const filters = [...template.all(metricFilter).values()].flatMap(
      ({ LogGroupName, MetricTransformations: [{ Dimensions }] }) =>
        Dimensions.some(({ Key }) => Key === 'Service')
          ? [[LogGroupName, Dimensions.map(({ Key, Value }) => `${Key}=${Value}`).join()]]
          : [],
    );
    const wiring = readFileSync(join(projectDir, 'shared/aws/ports/queue-function.ts'), 'utf8');
    expect(wiring).toContain('systemGiven(createLog(name, environment))');
    for (const name of ['Worker', 'LongWorker', 'Bulk']) {
      const own = filters.flatMap(([of, dimensions]) => (of === `${name}LogGroup` ? [dimensions] : []));
      const both = 'Service=$.service,FunctionVersion=$.functionVersion';
      expect(own.sort()).toEqual(['Service=$.service', 'Service=$.service', both, both]);
      const service = name.replace(/(?<=.)[A-Z]/, '-$&').toLowerCase();
      const handler = readFileSync(join(projectDir, `functions/${service}/handler.ts`), 'utf8');
      expect(handler).toContain(`queueFunction(\n  { name: '${service}',`);
      const asked = metricsOf(`Canary${name}AttemptsAlarm`).flatMap(({ MetricStat }) => MetricStat ?? []);
      for (const { Metric } of asked)
        expect(Metric.Dimensions[0]).toEqual({ Name: 'Service', Value: service });
      expect(asked[0]?.Metric.Dimensions[1]?.Value).toEqual(versionOf(template, `${name}LambdaFunction`));
    }
  });

  test('an alarm has no more metrics than CloudWatch takes', () => {
    for (const id of alarmIds)
      expect(metricsOf(id).filter(({ MetricStat }) => MetricStat).length).toBeLessThanOrEqual(10);
  });

  test.each(Object.keys(shifts))('AWS has nothing against the template of canary=%s', async (mode) => {
    const text = JSON.stringify(JSON.parse(template.text));
    const other = withMode(text, mode);
    expect(other.includes(shifts[mode]?.config ?? 'none')).toBe(true);
    expect(await problemsOfTemplate(other)).toEqual([]);
  });

  test('cdk-nag finds nothing without a reason in what a canary adds', () => {
    const found = findingsIn(template.text).filter(
      ({ rule, resource }) =>
        resource.includes('Canary') &&
        !canaryExceptions.some((each) => each.rule === rule && each.resources.test(resource)),
    );
    expect(found).toEqual([]);
  });
}

const versionOf = (template: Template, functionId: string) => {
  const { FunctionVersion } = z
    .object({ FunctionVersion: z.unknown() })
    .parse(template.resources[`${functionId}LiveAlias`]?.Properties);
  return FunctionVersion;
};
