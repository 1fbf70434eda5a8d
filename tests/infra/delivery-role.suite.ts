import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { shifts } from '../../infra/parameters/shifts.ts';
import { accountId } from '../../local/local-aws.ts';
import { projectDir } from '../project-copy.ts';
import { asDeployed, lookIn } from './cloudformation/as-deployed.ts';
import { readTemplate } from './cloudformation/raw-template.ts';
import { problemsOfTemplate } from './cloudformation/template-problems.ts';

const textOf = (name: string) => readFileSync(join(projectDir, name), 'utf8');

/** The template with its parameters in place, as CloudFormation makes it. */
function templateFor(parameters: Readonly<Record<string, string>>): string {
  const text = Object.entries(parameters).reduce(
    (before, [name, value]) => before.replaceAll(`\${${name}}`, value),
    textOf('infra/delivery-role.yml'),
  );
  const { Parameters, ...template } = z
    .looseObject({ Parameters: z.record(z.string(), z.unknown()) })
    .parse(parse(text));
  expect(Object.keys(Parameters).sort()).toEqual(Object.keys(parameters).sort());
  return JSON.stringify(template);
}
const text = () => templateFor({ Stage: 'prod', Repository: 'octo-org@123456/octo-repo@456789' });

const role = z.object({
  RoleName: z.string(),
  MaxSessionDuration: z.number(),
  AssumeRolePolicyDocument: z.object({
    Statement: z.array(z.object({ Principal: z.unknown(), Condition: z.unknown() })),
  }),
  ManagedPolicyArns: z.array(z.string()),
});
function deployedRole(): z.infer<typeof role> {
  const template = readTemplate(text());
  return role.parse(asDeployed(template.Resources.Role?.Properties, lookIn(template)));
}

const policy = z.object({
  Statement: z.array(
    z.object({
      Sid: z.string(),
      Resource: z.union([z.string(), z.array(z.string())]),
      Condition: z.optional(z.unknown()),
    }),
  ),
});
/** What the page has somebody run. */
function policyOfStage(stage: string): string {
  const [command = ''] = /^ {4}sed .*infra\/deployer-policy\.json/m.exec(textOf('docs/delivery.md')) ?? [];
  return execFileSync('bash', ['-c', command], {
    cwd: projectDir,
    env: { ...process.env, STAGE: stage },
  }).toString();
}

export function describeDeliveryRole(): void {
  test('AWS has nothing against its template', async () => {
    expect(await problemsOfTemplate(text())).toEqual([]);
  });

  test('a fault in it would be found', async () => {
    const broken = [
      text().replace('ecr:PutImage', 'ecr:PutImages'),
      text().replace('githubusercontent.com:sub', 'githubusercontent.com:subject'),
      text().replace('"Federated"', '"Service"').replace('"AssumeRolePolicyDocument"', '"TrustPolicy"'),
    ];
    for (const each of broken) expect(await problemsOfTemplate(each)).not.toEqual([]);
  });

  test('is for jobs of one environment of one repository', () => {
    const { AssumeRolePolicyDocument } = deployedRole();
    expect(AssumeRolePolicyDocument.Statement).toEqual([
      {
        Principal: {
          Federated: `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`,
        },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub':
              'repo:octo-org@123456/octo-repo@456789:environment:prod',
          },
        },
      },
    ]);
  });

  // CloudFormation goes back as slowly as it came: without credentials, the deployment would end with an error of its own.
  test('has credentials for the longest canary and its way back, for which its workflow asks', () => {
    const { MaxSessionDuration } = deployedRole();
    const longest = Math.max(...Object.values(shifts).map(({ windowMinutes }) => windowMinutes));
    expect(MaxSessionDuration).toBeGreaterThanOrEqual((2 * longest + 30) * 60);
    const workflow = textOf('.github/workflows/deploy.yml');
    expect(workflow).toContain(`role-duration-seconds: ${MaxSessionDuration} `);
    expect(workflow).toContain(`timeout-minutes: ${MaxSessionDuration / 60} `);
  });

  describe('the policy of a stage', () => {
    const { Statement } = policy.parse(JSON.parse(policyOfStage('prod')));
    const resources = Statement.flatMap(({ Sid, Resource }) =>
      [Resource].flat().map((each) => ({ Sid, each })),
    );

    test('lets a role of the stage have policies of the stage alone', () => {
      expect(Statement.find(({ Sid }) => Sid === 'PoliciesOfRoles')).toMatchObject({
        Resource: 'arn:aws:iam::*:role/job-worker-prod-*',
        Condition: { ArnLike: { 'iam:PolicyARN': 'arn:aws:iam::*:policy/job-worker-prod-*' } },
      });
    });

    test('names that stage, where a resource has a name', () => {
      const named = resources.filter(({ each }) => each.includes('job-worker'));
      expect(named.length).toBeGreaterThan(15);
      for (const { each } of named) expect(each).toMatch(/job-worker-prod($|[-/:]\*$|\/job-worker-prod-\*$)/);
      const others = resources.filter(({ each }) => !each.includes('job-worker')).map(({ Sid }) => Sid);
      expect([...new Set(others)]).toEqual([
        'WaysOfCanaries',
        'WhatHasNoName',
        'WhatKnowsNoResource',
        'ServiceLinkedRoles',
        'NetworkOfServers',
      ]);
    });

    const reaches = (arn: string) =>
      resources
        .filter(({ each }) => each.includes('job-worker'))
        .some(({ each }) => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(arn));

    test.each([
      (stage: string) => `arn:aws:cloudformation:eu-central-1:1:stack/job-worker-${stage}/0b1c`,
      (stage: string) => `arn:aws:cloudwatch:eu-central-1:1:alarm:job-worker-${stage}-TroubleAlarm-1A`,
      (stage: string) =>
        `arn:aws:codedeploy:eu-central-1:1:application:job-worker-${stage}-CanaryApplication-1A`,
      (stage: string) =>
        `arn:aws:codedeploy:eu-central-1:1:deploymentgroup:job-worker-${stage}-CanaryApplication-1A/job-worker-${stage}-a`,
      (stage: string) => `arn:aws:dynamodb:eu-central-1:1:table/job-worker-${stage}-jobs`,
      (stage: string) => `arn:aws:dynamodb:eu-central-1:1:table/job-worker-${stage}-jobs/index/list`,
      (stage: string) => `arn:aws:ecs:eu-central-1:1:cluster/job-worker-${stage}`,
      (stage: string) => `arn:aws:ecs:eu-central-1:1:service/job-worker-${stage}/job-worker-${stage}-servers`,
      (stage: string) => `arn:aws:ecs:eu-central-1:1:task-definition/job-worker-${stage}-servers:7`,
      (stage: string) => `arn:aws:events:eu-central-1:1:rule/job-worker-${stage}-CheckRule-1A`,
      (stage: string) => `arn:aws:iam::1:role/job-worker-${stage}-worker-eu-central-1-lambdaRole`,
      (stage: string) => `arn:aws:iam::1:policy/job-worker-${stage}-ServersPolicy-1A`,
      (stage: string) => `arn:aws:lambda:eu-central-1:1:function:job-worker-${stage}-worker:live`,
      (stage: string) => `arn:aws:logs:eu-central-1:1:log-group:/aws/lambda/job-worker-${stage}-worker:*`,
      (stage: string) => `arn:aws:logs:eu-central-1:1:log-group:/aws/vendedlogs/http-api/job-worker-${stage}`,
      (stage: string) =>
        `arn:aws:logs:eu-central-1:1:log-group:/aws/vendedlogs/http-api/job-worker-${stage}:*`,
      (stage: string) => `arn:aws:logs:eu-central-1:1:log-group:/ecs/job-worker-${stage}-servers:*`,
      (stage: string) => `arn:aws:s3:::job-worker-${stage}-bucket-1a/uploads/a`,
      (stage: string) => `arn:aws:scheduler:eu-central-1:1:schedule-group/job-worker-${stage}`,
      (stage: string) => `arn:aws:scheduler:eu-central-1:1:schedule/job-worker-${stage}/nightly`,
      (stage: string) => `arn:aws:sns:eu-central-1:1:job-worker-${stage}-alarms`,
      (stage: string) => `arn:aws:sqs:eu-central-1:1:job-worker-${stage}-standard`,
    ])('reaches what the stage has, and nothing of a stage whose name goes on: %s', (arnOf) => {
      expect(reaches(arnOf('prod'))).toBe(true);
      expect(reaches(arnOf('production'))).toBe(false);
      expect(reaches(arnOf('staging'))).toBe(false);
    });

    test('does not reach the role itself, nor its policy: who deploys cannot give more to itself', () => {
      const { RoleName, ManagedPolicyArns } = deployedRole();
      expect(ManagedPolicyArns).toEqual([`arn:aws:iam::${accountId}:policy/deliver-job-worker-prod`]);
      const own = [...ManagedPolicyArns, `arn:aws:iam::${accountId}:role/${RoleName}`];
      const reaching = resources.filter(({ each }) => {
        const pattern = new RegExp(`^${each.replaceAll('*', '.*')}$`);
        return own.some((arn) => pattern.test(arn));
      });
      // What has "*" has no action of IAM.
      expect([...new Set(reaching.map(({ Sid }) => Sid))]).toEqual([
        'WhatKnowsNoResource',
        'NetworkOfServers',
      ]);
    });
  });
}
