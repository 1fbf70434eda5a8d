import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { projectDir } from '../project-copy.ts';

const run = promisify(execFile);
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** What a program of that name answers, in words of a shell. Each notes down how it was called. */
type Programs = Readonly<Record<string, string>>;

const deploying: Programs = {
  aws: `case "$*" in
    'sts get-caller-identity'*) echo 123456789012 ;;
    'ecr list-images'*) echo "$PUSHED" ;;
    'ecr get-login-password'*) echo password ;;
    'cloudformation describe-stacks'*) echo https://api.example ;;
  esac`,
  docker: `[ "$1" != login ] || cat >/dev/null; [ "$1" != buildx ] || echo '"${digest}"'`,
  npx: '[ "$1" = sls ] || exit "$DOCTOR"',
  curl: 'exit "$HEALTH"',
};

export function describeDeliveryScripts(): void {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'job-worker-delivery-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const start = async (programs: Programs, command: readonly string[], env: Programs = {}) => {
    for (const [name, answer] of Object.entries(programs)) {
      await writeFile(join(dir, name), `#!/bin/bash\necho "${name} $*" >>"${dir}/calls"\n${answer}\n`);
      await chmod(join(dir, name), 0o755);
    }
    const [script = '', ...args] = command;
    const variables = { ...process.env, PATH: `${dir}:${process.env.PATH}`, ...env };
    const ended = await run(join(projectDir, '.github', script), args, {
      cwd: projectDir,
      env: variables,
    }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code?: number; stderr?: string }) => ({ code: error.code, output: String(error.stderr) }),
    );
    const calls = (await readFile(join(dir, 'calls'), 'utf8').catch(() => '')).trim().split('\n');
    return { ...ended, calls };
  };

  describe('an image', () => {
    test('is built on the digest that its registry names, and says so', async () => {
      const { code, calls } = await start(deploying, ['build-image.sh', 'worker', 'some-image']);
      expect(code).toBe(0);
      expect(calls[0]).toBe(
        'docker buildx imagetools inspect --format {{json .Manifest.Digest}} node:24-slim',
      );
      for (const part of [
        'build --platform linux/arm64 --target worker --tag some-image',
        `--build-arg NODE_DIGEST=${digest} --build-arg EXAMPLES=false`,
        `--label org.opencontainers.image.base.digest=${digest} .`,
      ])
        expect(calls[1]).toContain(part);
    });

    test.each(['', 'Name: docker.io/library/node', 'null'])('is not built on "%s"', async (answer) => {
      const { code, output, calls } = await start({ docker: `echo '${answer}'` }, [
        'build-image.sh',
        'worker',
        'some-image',
      ]);
      expect([code, calls.length]).toEqual([1, 1]);
      expect(output).toContain('the registry has named no digest of node:24-slim');
    });
  });

  describe('a deployment', () => {
    const env = {
      STAGE: 'prod',
      AWS_REGION: 'eu-central-1',
      PUSHED: '',
      DOCTOR: '0',
      HEALTH: '0',
      SECONDS_BEFORE_LOOKS: '0 0 0',
    };

    test('asks the API and the doctor whether the stage is well', async () => {
      const { code, calls } = await start(deploying, ['deploy.sh'], env);
      expect(code).toBe(0);
      expect(calls).toEqual([
        'npx sls deploy --stage prod',
        expect.stringMatching(/^aws cloudformation describe-stacks --stack-name job-worker-prod /),
        expect.stringMatching(/^curl --fail .* https:\/\/api\.example\/health$/),
        'npx jobctl doctor --stage prod',
      ]);
    });

    test.each([
      ['the API does not answer', { HEALTH: '22' }, 22],
      ['something is wrong with the stage', { DOCTOR: '1' }, 1],
    ])('fails if %s', async (_what, wrong, expected) => {
      expect(await start(deploying, ['deploy.sh'], { ...env, ...wrong })).toMatchObject({ code: expected });
    });

    const image = /123456789012\.dkr\.ecr\.eu-central-1\.amazonaws\.com\/job-worker-prod:[0-9a-f]{40}/;
    test('gives what it has changed a moment', async () => {
      const npx = 'echo "$*" >>"$0.seen"; [ "$1" = sls ] || [ "$(grep -c doctor "$0.seen")" = 2 ]';
      const programs = { ...deploying, npx };
      const { code, calls } = await start(programs, ['deploy.sh'], env);
      expect([code, calls.filter((call) => call.includes('doctor')).length]).toEqual([0, 2]);
    });

    test('of a stage with servers makes their image before, and pushes it', async () => {
      const { calls } = await start(deploying, ['deploy.sh'], { ...env, IMAGE_TARGET: 'worker' });
      const pushed = calls.find((call) => call.startsWith('docker push')) ?? '';
      expect(pushed).toMatch(image);
      const [found = ''] = image.exec(pushed) ?? [];
      expect(calls).toContain(
        `npx sls deploy --stage prod --param=servers=fargate --param=serversImage=${found}`,
      );
      expect(calls.some((call) => call.includes(`--target worker --tag ${found}`))).toBe(true);
    });

    test('of a commit that has an image takes that', async () => {
      const { calls } = await start(deploying, ['deploy.sh'], {
        ...env,
        IMAGE_TARGET: 'worker',
        PUSHED: 'it',
      });
      expect(calls.filter((call) => call.startsWith('docker'))).toEqual([]);
      expect(calls.join('\n')).toMatch(image);
    });
  });

  test('a release has the version of its tag', async () => {
    const { code, output } = await start({}, ['make-release.sh', 'v0.0.1', join(dir, 'release')]);
    expect(code).toBe(1);
    expect(output).toMatch(/package\.json has the version [\d.]+, and the tag is v0\.0\.1/);
  });
}
