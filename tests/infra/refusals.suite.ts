import { appendFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sls, withProjectCopy } from '../project-copy.ts';
import { type PackageCommand, type PackageCommands, type Packaged, takeBundles } from './package-commands.ts';

const open = /^- auth is none, which would open the stage/;

const attempts: readonly (readonly [string, PackageCommand, readonly RegExp[]])[] = [
  [
    'an open stage, and names everything else that is wrong',
    {
      stage: 'a-stage-with-a-name-of-39-characters-xx',
      parameters: {
        auth: 'none',
        cors: 'https://a/b',
        throtleRate: '1',
        heartbeatSeconds: '50',
      },
    },
    [
      open,
      /^- The name of the stage a-stage-.* has 39 characters\. In eu-central-1 it may have 29/,
      /^- cors is "https:\/\/a\/b"\. Use a comma list of origins/,
      /^- throtleRate is not a parameter\. Is it misspelt\?/,
      /^- heartbeatSeconds is 50, more than half of leaseSeconds \(60\)/,
    ],
  ],
  [
    'jwt without issuer and audience, and routes that nobody checks or has',
    {
      stage: 'prod',
      parameters: { auth: 'jwt' },
      edit: {
        file: 'serverless.yml',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: serverless.yml has it
        replaced: 'events: ${file(infra/http-events.cjs):wait}',
        text: "events: [{ httpApi: 'GET /jobs/{id}/again' }]",
      },
    },
    [
      /^- jwtIssuer is empty/,
      /^- jwtAudience is empty/,
      /^- GET \/jobs\/\{id\}\/again of wait is in serverless\.yml, and not in shared\/http\/families\//,
      /^- GET \/jobs\/\{id\}\/wait of wait is in shared\/http\/families\/, and not in serverless\.yml/,
    ],
  ],
  [
    'servers on Fargate without an image, and of a size that there is not',
    { stage: 'prod', parameters: { servers: 'fargate', serversMemory: '512' } },
    [/^- serversImage is empty/, /^- serversMemory is 512.* Use 2048, 3072/],
  ],
  [
    'functions with more variables than Lambda takes',
    { stage: 'prod', parameters: { webhookHosts: 'hooks.internal,'.repeat(270) } },
    ['submit', 'api', 'pages', 'worker', 'longWorker', 'notify'].map(
      (name) =>
        new RegExp(
          `^- the variables of ${name} have [456],\\d{3} bytes, and Lambda takes 4,096\\. .* WEBHOOK_HOSTS \\(4,052\\), `,
        ),
    ),
  ],
  [
    'endpoints that lean clients would not call',
    {
      stage: 'prod',
      edit: {
        file: 'serverless.yml',
        replaced: '    POWERTOOLS_LOG_LEVEL:',
        text: '    AWS_USE_FIPS_ENDPOINT: true\n    AWS_USE_DUALSTACK_ENDPOINT: false\n    POWERTOOLS_LOG_LEVEL:',
      },
    },
    // Of all functions.
    Array.from(
      { length: 13 },
      () =>
        /^- AWS_USE_FIPS_ENDPOINT is a variable of \w+, and lean clients do not know .* Set awsClients to sdk\.$/,
    ),
  ],
  [
    'servers of another kind',
    { stage: 'prod', parameters: { servers: 'ecs' } },
    [/^- servers is "ecs"\. Use none, own or fargate/],
  ],
  [
    'the stage local, which may be open',
    { command: ['deploy'], stage: 'local' },
    [/^- The stage local is for `npm start`/, open],
  ],
  [
    'a function alone, whose new code nothing would call',
    { command: ['deploy', 'function', '-f', 'submit'], stage: 'prod' },
    [/^- It would change code that nothing calls: .* Run: npx sls deploy --stage prod$/],
  ],
  [
    'a function that cannot be loaded with its environment',
    {
      stage: 'prod',
      edit: {
        file: 'infra/rights/rights-of-capabilities.ts',
        replaced: 'HEARTBEAT_SECONDS: ',
        text: 'HEARTBEATS: ',
      },
    },
    [
      /^- worker cannot be loaded: ConfigError: The environment is not usable: HEARTBEAT_SECONDS is missing/,
      /^- longWorker cannot be loaded: ConfigError: .* HEARTBEAT_SECONDS is missing/,
      /^- bulk cannot be loaded: ConfigError: .* HEARTBEAT_SECONDS is missing/,
    ],
  ],
  [
    'more rights than a role has room for',
    {
      stage: 'prod',
      parameters: { reports: 'https://reports.example', servers: 'own' },
      edit: {
        file: 'tests/job-types/render-report/uses.ts',
        replaced: "[arnInAccount('execute-api', 'reports/*')]",
        text: "[...Array(1000).keys()].map((index) => arnInAccount('execute-api', 'reports-' + index + '/*'))",
      },
    },
    [
      /^- LongWorkerIamRoleLambdaExecution has rights of 6\d,\d{3} characters\. IAM takes 10,240 in the role itself/,
      /^- ServersPolicy has rights of 6\d,\d{3} characters\. IAM takes 6,144 in each managed policy/,
    ],
  ],
  ...['jwt', 'iam'].map(
    (AUTH) =>
      [
        `\`AUTH=${AUTH} npm start\``,
        { command: ['offline', 'start'], stage: 'local', environment: { AUTH } },
        [new RegExp(`^- auth is ${AUTH}, which needs API Gateway`)],
      ] as const,
  ),
];

export const refusalCommands: PackageCommands = Object.fromEntries(
  attempts.map(([what, command]) => [what, { ...command, stops: true }]),
);

export function describeRefusals(packaged: Packaged): void {
  test.each(attempts)('stops for %s', async (what, _command, expected) => {
    const problems = await packaged.problems(what);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
  });

  test('ends for code that cannot be bundled', () =>
    withProjectCopy(async (dir) => {
      await appendFile(join(dir, 'functions/status/handler.ts'), 'not code');
      await takeBundles(dir);
      await cp(packaged.zips, join(dir, '.serverless'), { recursive: true });
      const bundled = { BUNDLES: 'status,wait' };
      // A command that is killed has no code.
      await expect(sls(dir, ['package', '--stage', 'prod'], bundled)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('functions/status/handler.ts'),
      });
    }));
}
