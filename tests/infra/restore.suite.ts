import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from '@jest/globals';
import { ownTables } from '../../infra/access/table-name.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { keyEntryId } from '../../shared/domain/access/access-entry.ts';
import { readApiKey } from '../../shared/domain/access/api-key.ts';
import { projectDir } from '../project-copy.ts';
import type { Deployed } from './deployed.ts';

const execute = promisify(execFile);

interface Stage {
  readonly stage: string;
  readonly region: string;
  readonly aws: () => Deployed;
  readonly deploy: (...args: string[]) => Promise<string>;
}

/** Tables of then, beside those of a stage that is deployed. @param stage its tests go on with its own tables */
export function describeRestore({ stage, region, aws, deploy }: Stage): void {
  const prefix = `job-worker-${stage}`;
  const { jobs, access } = ownTables(prefix);
  const dynamoDb = () => aws().dynamoDb;
  const run = (script: string, ...args: string[]) =>
    execute(join(projectDir, 'node_modules/.bin/node'), [join(projectDir, script), ...args], {
      env: { ...process.env, AWS_REGION: region },
    });
  const restore = (...args: string[]) => run('scripts/stage.ts', 'restore', '--stage', stage, ...args);
  const itemOf = async (TableName: string, id: string) =>
    (await dynamoDb().send(new GetItemCommand({ TableName, Key: toAttributes({ id }) }))).Item;
  const describe = async (TableName: string) =>
    (await dynamoDb().send(new DescribeTableCommand({ TableName }))).Table;

  test('a table is restored to a time that its recovery has, and to no other', async () => {
    const off = { code: 2, stderr: `${jobs} cannot be restored: its point-in-time recovery is off.\n` };
    await expect(restore('--to', '2026-01-01T00:00:00Z')).rejects.toMatchObject(off);
    for (const TableName of [jobs, access]) {
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
      await dynamoDb().send(
        new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }),
      );
    }
    await expect(restore('--to', '2020-01-01T02:00:00+02:00')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        new RegExp(`^${jobs} can be restored to a time from .*, and not to 2020-01-01T00:00:00.000Z\\.\n$`),
      ),
    });
    await expect(restore('--to', '2026-01-01T00:00:00')).rejects.toMatchObject({
      stderr: expect.stringContaining('Say a time with its offset'),
    });
  });

  const restored = { jobs: '', access: '' };
  let restoredAt = 0;

  test('it has the settings that its source has from the template, its tags, what is paused now, and a pause of the stage', async () => {
    const { TableArn } = (await describe(jobs)) ?? {};
    const Tags = [
      { Key: 'team', Value: 'shop' },
      { Key: 'aws:cloudformation:stack-name', Value: prefix },
    ];
    await dynamoDb().send(new TagResourceCommand({ ResourceArn: TableArn, Tags }));
    const pauses = toAttributes({ id: 'pauses', 'type:report': { at: 1, by: 'an operator' } });
    await dynamoDb().send(new PutItemCommand({ TableName: jobs, Item: pauses }));
    await dynamoDb().send(new PutItemCommand({ TableName: jobs, Item: toAttributes({ id: 'of then' }) }));
    restoredAt = Date.now();
    const to = new Date(restoredAt).toISOString();
    const first = await restore('--to', to, '--tables', 'jobs', 'access');
    const stamp = /^ {6}jobTable: \S+-jobs-(\d{8}T\d{4,6})$/m.exec(first.stdout)?.[1];
    Object.assign(restored, { jobs: `${jobs}-${stamp}`, access: `${access}-${stamp}` });
    expect(first.stdout.split('\n')).toEqual([
      `      jobTable: ${restored.jobs}`,
      `      accessTable: ${restored.access}`,
      `npx sls deploy --stage ${stage} --param="jobTable=${restored.jobs}" --param="accessTable=${restored.access}"`,
      '',
    ]);
    // As after an interruption.
    expect((await restore('--to', to, '--tables', 'jobs', 'access')).stdout).toBe(first.stdout);
    const found = await describe(restored.jobs);
    expect(found).toMatchObject({ TableStatus: 'ACTIVE', DeletionProtectionEnabled: true });
    const tags = await dynamoDb().send(new ListTagsOfResourceCommand({ ResourceArn: found?.TableArn }));
    expect(new Map(tags.Tags?.map(({ Key, Value }) => [Key, Value]))).toEqual(new Map([['team', 'shop']]));
    expect(await dynamoDb().send(new DescribeTimeToLiveCommand({ TableName: restored.jobs }))).toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    });
    for (const TableName of [restored.jobs, restored.access])
      expect(await dynamoDb().send(new DescribeContinuousBackupsCommand({ TableName }))).toMatchObject({
        ContinuousBackupsDescription: {
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
        },
      });
    expect(await itemOf(restored.jobs, 'of then')).toEqual(toAttributes({ id: 'of then' }));
    expect(fromAttributes((await itemOf(restored.jobs, 'pauses')) ?? {})).toMatchObject({
      'type:report': { at: 1, by: 'an operator' },
      stage: { by: 'npm run stage -- restore' },
    });
    expect(await itemOf(jobs, 'pauses')).toEqual(pauses);
    expect(await itemOf(restored.access, 'root')).toEqual(await itemOf(access, 'root'));
  });

  test('a table that is not there, or is none of jobs, is not deployed', async () => {
    await expect(deploy('--param', `jobTable=${jobs}-of-then`)).rejects.toMatchObject({
      stdout: expect.stringContaining(`- jobTable is ${jobs}-of-then, and there is no such table.`),
    });
    await expect(deploy('--param', `jobTable=${access}`)).rejects.toMatchObject({
      stdout: expect.stringMatching(
        /- jobTable is .*-access, which lacks the index list, failed, due, group\./,
      ),
    });
  });

  test('functions, servers and commands use it once it is deployed, and the tables of the stack stay', async () => {
    const tables = [`jobTable=${restored.jobs}`, `accessTable=${restored.access}`];
    await deploy(...tables.flatMap((each) => ['--param', each]));
    const named = (await aws().functions()).map(({ Environment: { Variables } }) => Variables);
    const values = (name: string) => new Set(named.flatMap((each) => each[name] ?? []));
    expect(values('TABLE_NAME')).toEqual(new Set([restored.jobs]));
    expect(values('ACCESS_TABLE_NAME')).toEqual(new Set([restored.access]));
    const all = await aws().tables();
    expect(all).toEqual(expect.arrayContaining([jobs, access, restored.jobs, restored.access]));
    for (const each of all) expect(await describe(each)).toMatchObject({ DeletionProtectionEnabled: true });
    const { stdout } = await run(
      'scripts/keys.ts',
      'create',
      '--tenant',
      'acme',
      '--rights',
      'read',
      '--stage',
      stage,
    );
    const id = keyEntryId(readApiKey(stdout.trim())?.id ?? '');
    expect([await itemOf(access, id), await itemOf(restored.access, id)]).toEqual([
      undefined,
      expect.objectContaining({ tenant: { S: 'acme' } }),
    ]);
    const doctor = await run('scripts/doctor.ts', '--stage', stage).catch(
      ({ stdout }: { stdout: string }) => ({
        stdout,
      }),
    );
    await expect(restore('--to', new Date(restoredAt).toISOString())).rejects.toMatchObject({
      stderr: `The stage uses ${restored.jobs} already.\n`,
    });
    expect(doctor.stdout).toContain(`ok      ${restored.jobs} can be recovered`);
  });
}
