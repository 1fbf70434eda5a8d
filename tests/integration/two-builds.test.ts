import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { jobResponse } from '../../shared/http/job-response.ts';
import { withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';

type System = Awaited<ReturnType<typeof startLocalSystem>>;

/** What the newer build has: version 3, for jobs with this tag. */
const newFeature = 'new';
const leaseSeconds = 5;

async function edit(path: string, from: string, to: string): Promise<void> {
  const source = await readFile(path, 'utf8');
  expect(source).toContain(from);
  await writeFile(path, source.replace(from, to));
}

async function makeNewer(project: string): Promise<void> {
  await edit(join(project, 'shared/domain/base/version.ts'), 'currentVersion = 2', 'currentVersion = 3');
  await edit(
    join(project, 'shared/operations/submit-job.ts'),
    'version: versionOf(deps.contracts, submission.type)',
    `version: submission.tags?.includes('${newFeature}') ? 3 : versionOf(deps.contracts, submission.type)`,
  );
}

const call = async ({ address }: System, path: string, body?: object) => {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${address}${path}`, sent);
  return { status: response.status, text: await response.text() };
};
const submit = async (system: System, seconds: number, more: object): Promise<string> => {
  const { status, text } = await call(system, '/jobs', { type: 'counting', payload: { seconds }, ...more });
  expect([status, text]).toEqual([202, text]);
  return jobResponse.parse(JSON.parse(text)).id;
};
const reaches = (system: System, id: string, wanted: string) =>
  eventually(async () => {
    const { status, text } = await call(system, `/jobs/${id}`);
    return status === 200 && jobResponse.parse(JSON.parse(text)).status === wanted ? true : undefined;
  }, `${id} to be ${wanted}`);

test('two builds in turns on one folder: each goes on with what both can read, and only newer code with the rest', () =>
  withProjectCopy(async (project) => {
    await makeNewer(project);
    const dataDir = join(project, 'data');
    const options = { dataDir, leaseSeconds };
    const systems: System[] = [];
    const start = async (build: { readonly project?: string }): Promise<System> => {
      const system = await startLocalSystem({ ...options, ...build });
      systems.push(system);
      return system;
    };
    try {
      const newer = await start({ project });
      const plain = await submit(newer, 0, { delaySeconds: 4, tags: ['plain'] });
      const special = await submit(newer, 0, { delaySeconds: 4, tags: [newFeature] });
      const after = await submit(newer, 0, { dependsOn: [special, plain] });
      const cut = await submit(newer, 8, {});
      await reaches(newer, cut, 'running');
      await newer.stop();

      const older = await start({});
      await Promise.all([reaches(older, plain, 'succeeded'), reaches(older, cut, 'succeeded')]);
      expect((await call(older, `/jobs/${special}`)).status).toBe(503);
      expect((await call(older, '/jobs')).text).toContain(`"newer":[{"id":"${special}","version":3}]`);
      expect(await call(older, '/ui')).toMatchObject({ status: 200, text: expect.stringContaining(special) });
      const back = await submit(older, 0, { delaySeconds: 4 });
      await older.stop();

      const again = await start({ project });
      await Promise.all([special, after, back].map((id) => reaches(again, id, 'succeeded')));
      expect((await call(again, '/jobs')).text).not.toContain('"newer"');
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  }));
