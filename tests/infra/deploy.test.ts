import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { makeProjectCopy } from '../project-copy.ts';
import { describeDeployedServers } from './deploy-servers.suite.ts';
import { deployedScript, describeDeployment } from './deploy-stage.suite.ts';
import { credentials, type MotoAws } from './deployed.ts';
import { describeEmptyBucket } from './empty-bucket.suite.ts';
import { type Moto, motoIsInstalled, startMoto } from './moto.ts';
import { Osls } from './osls.ts';
import { packageAll } from './package-all.ts';
import { takeBundles } from './package-commands.ts';
import { describeSettings } from './settings.suite.ts';
import { describeUploadScripts } from './upload-scripts.suite.ts';

const isInstalled = motoIsInstalled();
const describeIfInstalled = isInstalled ? describe : describe.skip;

// Not in `beforeAll`, which has a limit: in a new clone it takes as long as the process that makes the packages for all tests.
const { folder, zips } = isInstalled ? await packageAll() : { folder: '', zips: '' };

/** One AWS in memory, one process of osls and one copy of the project for all deployments. Each suite has a region. */
describeIfInstalled('an AWS in memory (needs python3-moto)', () => {
  const osls = new Osls();
  let moto: Moto;
  let copy: Awaited<ReturnType<typeof makeProjectCopy>>;
  beforeAll(async () => {
    [moto, copy] = await Promise.all([startMoto(), makeProjectCopy()]);
    await takeBundles(copy.dir, folder);
    await cp(zips, join(copy.dir, '.serverless'), { recursive: true });
    const scripts = join(copy.dir, 'job-types/on-spark/script');
    await mkdir(scripts, { recursive: true });
    await writeFile(join(scripts, 'main.py'), deployedScript);
    // Where a command of ours, or the SDK in this process, finds it.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });
  });
  afterAll(async () => {
    await Promise.all([moto?.stop(), osls.end()]);
    await copy?.remove();
  });

  const aws: MotoAws = {
    get endpoint() {
      return moto.endpoint;
    },
    get dir() {
      return copy.dir;
    },
    sls: (args, region, environment) =>
      osls.run(copy.dir, args, {
        AWS_ENDPOINT_URL: moto.endpoint,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_REGION: region,
        SLS_AWS_MONITORING_FREQUENCY: '200',
        BUNDLES: 'kept',
        ...environment,
      }),
  };

  describe('sls deploy', () => describeDeployment(aws));
  describe('sls deploy with servers=fargate', () => describeDeployedServers(aws));
  describe('the bucket of a stage that is removed', () => describeEmptyBucket(aws));
  describe('the settings of a job type', () => describeSettings(aws));
  describe('the scripts of a stage', () => describeUploadScripts(aws));
});
