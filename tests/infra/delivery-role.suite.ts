import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { shifts } from '../../infra/canary.ts';
import { accountId } from '../../local/local-aws.ts';
import { root } from '../project-copy.ts';
import { asDeployed, lookIn } from './cloudformation/as-deployed.ts';
import { readTemplate } from './cloudformation/raw-template.ts';
import { problemsOfTemplate } from './cloudformation/template-problems.ts';

const textOf = (name: string) => readFileSync(join(root, name), 'utf8');

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
  Statement: z.array(z.object({ Sid: z.string(), Resource: z.union([z.string(), z.array(z.string())]) })),
});
/** What the page has somebody run. */
function policyOfStage(stage: string): string {
  const [command = ''] = /^ {4}sed .*infra\/deployer-policy\.json/m.exec(textOf('docs/delivery.md')) ?? [];
  return execFileSync('bash', ['-c', command], {
    cwd: root,
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
    const resources = policy
      .parse(JSON.parse(policyOfStage('prod')))
      .Statement.flatMap(({ Sid, Resource }) => [Resource].flat().map((each) => ({ Sid, each })));

    test('names that stage, where a resource has a name', () => {
      const named = resources.filter(({ each }) => each.includes('job-worker'));
      expect(named.length).toBeGreaterThan(15);
      for (const { each } of named) expect(each).toMatch(/job-worker-prod\*$/);
      const others = resources.filter(({ each }) => !each.includes('job-worker')).map(({ Sid }) => Sid);
      expect([...new Set(others)]).toEqual([
        'WaysOfCanaries',
        'WhatHasNoName',
        'WhatKnowsNoResource',
        'ServiceLinkedRoles',
        'NetworkOfServers',
      ]);
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
