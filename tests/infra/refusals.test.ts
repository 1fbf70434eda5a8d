import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sls, withProjectCopy } from '../project-copy.ts';

describe('a command that would deploy', () => {
  interface Attempt {
    readonly command: readonly string[];
    readonly stage: string;
    readonly parameters?: readonly string[];
    /** Changes serverless.yml. */
    readonly edit?: (text: string) => string;
  }

  /** The lines of the message, each of which starts with a dash. */
  const problemsOf = ({ command, stage, parameters = [], edit }: Attempt): Promise<readonly string[]> =>
    withProjectCopy(async (dir) => {
      const file = join(dir, 'serverless.yml');
      if (edit) await writeFile(file, edit(await readFile(file, 'utf8')));
      const given = parameters.flatMap((parameter) => ['--param', parameter]);
      const running = sls(dir, [...command, '--stage', stage, ...given]);
      const output = await running.catch(
        ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
      );
      return output.split('\n').filter((line) => line.startsWith('- '));
    });

  const open = /^- auth is none, which would open the stage/;
  const attempts: readonly (readonly [string, Attempt, readonly RegExp[]])[] = [
    [
      'an open stage, and names everything else that is wrong',
      {
        command: ['package'],
        stage: 'prod',
        parameters: ['auth=none', 'cors=https://a/b', 'throtleRate=1', 'heartbeatSeconds=50'],
      },
      [
        open,
        /^- cors is "https:\/\/a\/b"\. Use a comma list of origins/,
        /^- throtleRate is not a parameter\. Is it misspelt\?/,
        /^- heartbeatSeconds is 50, more than half of leaseSeconds \(60\)/,
      ],
    ],
    [
      'jwt without issuer and audience, and routes that nobody checks or has',
      {
        command: ['package'],
        stage: 'prod',
        parameters: ['auth=jwt'],
        edit: (text) => text.replace('httpApi: GET /jobs/{id}/wait', 'httpApi: GET /jobs/{id}/again'),
      },
      [
        /^- jwtIssuer is empty/,
        /^- jwtAudience is empty/,
        /^- GET \/jobs\/\{id\}\/again has no entry in shared\/http\/routes\.ts/,
        /^- GET \/jobs\/\{id\}\/wait is in shared\/http\/routes\.ts, but no function/,
      ],
    ],
    [
      'servers on Fargate without an image, and of a size that there is not',
      { command: ['package'], stage: 'prod', parameters: ['servers=fargate', 'serversMemory=512'] },
      [/^- serversImage is empty/, /^- serversMemory is 512.* Use 2048, 3072/],
    ],
    [
      'servers of another kind',
      { command: ['package'], stage: 'prod', parameters: ['servers=ecs'] },
      [/^- servers is "ecs"\. Use none, own or fargate/],
    ],
    [
      'the stage local, which may be open',
      { command: ['deploy'], stage: 'local' },
      [/^- The stage local is for `npm start`/, open],
    ],
    [
      'a function alone, with an environment that opens it',
      { command: ['deploy', 'function', '-f', 'submit'], stage: 'prod', parameters: ['auth=none'] },
      [open],
    ],
  ];
  test.each(attempts)('stops for %s', async (_what, attempt, expected) => {
    const problems = await problemsOf(attempt);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
  });
});
