import { describe, expect, test } from '@jest/globals';
import { stageTemplateIn } from '../../infra/deployed/stage-template.ts';
import { describeIam, describeJwt, describeTwoDoors } from './access.suite.ts';
import { describeAliases } from './alias.suite.ts';
import { describeBucket } from './bucket.suite.ts';
import { describeBundles } from './bundles.suite.ts';
import { describeCanary } from './canary.suite.ts';
import { describeCloudFormation } from './cloudformation.suite.ts';
import { describeCost } from './cost.suite.ts';
import { describeDeployer } from './deployer.suite.ts';
import { describeDeployment } from './deployment.suite.ts';
import { describeDocuments } from './documents.suite.ts';
import { describeEngineBundles } from './engine-bundles.suite.ts';
import { stageSettings } from './expected.ts';
import { describeFunctions } from './functions.suite.ts';
import { describeGuards } from './guards.suite.ts';
import { describeLibraries } from './libraries.suite.ts';
import { describeMail } from './mail.suite.ts';
import { describeManyTypes } from './many-types.suite.ts';
import { describeNag } from './nag.suite.ts';
import { describeNamedTables } from './named-tables.suite.ts';
import { describeOrderedQueues } from './ordered-queues.suite.ts';
import { describeOwnServers } from './own-servers.suite.ts';
import { mail, packageAll, rightOfType } from './package-all.ts';
import { type Package, packageOf, stages } from './packaged.ts';
import { describePrivileges } from './privileges.suite.ts';
import { describeQueues } from './queues.suite.ts';
import { describeRecurring } from './recurring.suite.ts';
import { describeRefusals } from './refusals.suite.ts';
import { describeReservation } from './reservation.suite.ts';
import { describeScheduler } from './scheduler.suite.ts';
import { describeSecrets } from './secrets.suite.ts';
import { describeServers } from './servers.suite.ts';
import { describeShell } from './shell.suite.ts';
import { describeTables } from './storage.suite.ts';
import { Template } from './template.ts';
import { describeVpc } from './vpc.suite.ts';
import { describeIncidents, describeListeners, describeWatch } from './watch.suite.ts';
import { describeWorkerOutputs } from './worker-outputs.suite.ts';

// Not in `beforeAll`, because tests are generated from the packages.
const packaged = await packageAll();
const packages = await Promise.all(stages.map((stage) => packageOf(packaged, stage, stage)));
const templateOf = async (name: string) => new Template(await packaged.template(name));
const [own, fargate, iam] = [await templateOf('own'), await templateOf('fargate'), await templateOf('iam')];
const marked = await templateOf('marked');

describe.each(packages)('stage $stage', (pkg: Package) => {
  const { logLevel, logRetentionDays, tableDeletionPolicy } = stageSettings[pkg.stage];
  describe('functions', () => describeFunctions(pkg, logRetentionDays));
  describe('aliases', () => describeAliases(pkg));
  describe('queues', () => describeQueues(pkg));
  describe('tables', () => describeTables(pkg, tableDeletionPolicy));
  describe('the bucket', () => describeBucket(pkg, tableDeletionPolicy));
  describe('the watch', () => describeWatch(pkg));
  describe('schedules', () => describeScheduler(pkg));
  describe('privileges', () => describePrivileges(pkg));
  describe('shell', () => describeShell(pkg, logRetentionDays));
  describe('secrets', () => describeSecrets(pkg));
  describe('the outputs for worker servers', () => describeWorkerOutputs(pkg));

  test('has the log level of the stage in every function', () => {
    for (const { environment } of pkg.functions) expect(environment.POWERTOOLS_LOG_LEVEL).toBe(logLevel);
  });

  test('has nothing of servers or of canaries that it has not asked for', () => {
    expect(Object.keys(pkg.template.resources).filter((id) => /^Servers|Canary/.test(id))).toEqual([]);
    expect(pkg.template.text).not.toMatch(/codedeploy|UpdatePolicy/i);
  });

  test('has its stage in the name of every resource, so that stages can share an account', () => {
    // The names of recurring schedules are users'; their group has the stage in its name. An alias is of a function.
    const withinOthers = ['AWS::Scheduler::Schedule', 'AWS::Lambda::Alias'];
    const named = Object.values(pkg.template.resources).filter(({ Type }) => !withinOthers.includes(Type));
    const names = named.flatMap(namesOf);
    expect(names.length).toBeGreaterThan(pkg.functions.length);
    for (const name of names) expect(name).toMatch(new RegExp(`(^|[/-])${pkg.stage}(-|$)`));
  });
});

describe('a library of a job type', describeLibraries);
describe('the engine alone', describeEngineBundles);

// package-commands.ts makes them twice, for two stages, and does not let them know more of a stage.
test('all stages deploy the same bundles', () => {
  const bundles = packages.map(({ functions }) =>
    functions.map(({ name, bundle, properties }) => [name, bundle, properties.Handler]),
  );
  for (const others of bundles.slice(1)) expect(others).toEqual(bundles[0]);
});

test('a template has what the next deployment is compared with', () => {
  const [stage] = packages.filter((pkg) => pkg.stage === 'preview');
  const { jobTypes, maxima, expiry, variables } = stageTemplateIn(JSON.parse(stage?.template.text ?? ''));
  expect(jobTypes).toContain('counting');
  expect(expiry).toMatchObject({ 'results/': 38, 'uploads/': 30 });
  expect(variables).toMatchObject({ LIST_SHARDS: '1', RETENTION_DAYS: '30', UNKNOWN_TYPE_HOURS: '24' });
  expect(maxima).toBe(124); // with three more ordered queues of 10
});

describe('a stage with auth=jwt', () => describeJwt(own));
describe('a stage with auth=apiKey,jwt', () => describeTwoDoors(fargate));
describe('a stage with auth=iam', () => describeIam(iam));
describe('the guards of a stage', () =>
  describeGuards(iam, [own, fargate, ...packages.map(({ template }) => template)]));
describe('a stage that sends mail', () => describeMail(iam, mail));
test('no role may make a group of logs', () => {
  for (const template of [...packages.map((pkg) => pkg.template), own, fargate, iam])
    expect(template.text).not.toMatch(/CreateLogGroup|aws:policy/);
});
test('a stage that names no permissions boundary has none', () => {
  for (const { template } of packages) expect(template.text).not.toContain('PermissionsBoundary');
});
describe('the policy of a deployer', () => describeDeployer([own, fargate, marked]));
describe('a stage with servers=own', () => describeOwnServers(own));
describe('a stage that says who hears of alarms', () => describeListeners(own));
describe('a stage with orderedQueues=3', () => describeOrderedQueues(iam));
describe('a stage with canary=10percent5minutes', () => describeCanary(marked));
describe('room that is kept for waits', () => describeReservation(own, iam));
describe('a stage with jobTable and accessTable', () => describeNamedTables(marked));
describe('a VPC', () => describeVpc(own, iam));
describe('a stage with servers=fargate', () => describeServers(fargate));

test('the tasks have the rights of the types that a stage has set up', () => {
  const found = (template: Template) =>
    JSON.stringify(template.resources.ServersTaskRole).includes(rightOfType);
  expect([iam, fargate].map(found)).toEqual([true, false]);
});

const manyTypes = await packageOf(packaged, 'many types', 'prod');
describe('a stage with sixty job types', () => describeManyTypes(manyTypes.template.text));

describe('as CloudFormation takes it', () => describeCloudFormation(packaged));
describe('recurring schedules', () => describeRecurring(packaged));
describe('a command that would deploy', () => describeRefusals(packaged));

const prod = packages.find(({ stage }) => stage === 'prod');
if (prod) {
  describe('docs/cost.md', () => describeCost(prod));
  describe('the limits of a deployment in docs/scale.md', () => describeDeployment([prod, manyTypes]));
  // Unlike dev, it has a watch.
  describe('advice of cdk-nag', () => describeNag(prod));
  describe('each alarm, made to ring', () => describeIncidents(prod.template));
}

const [first] = packages;
if (first) {
  describe('bundles', () => describeBundles(first, packaged.zips));
  describe('documents', () => describeDocuments(first));
}

const nameKeys = ['FunctionName', 'LogGroupName', 'QueueName', 'TableName', 'Name'];

function namesOf({ Properties }: { Properties?: unknown }): string[] {
  if (typeof Properties !== 'object' || Properties === null) return [];
  return Object.entries(Properties)
    .filter(([key, value]: [string, unknown]) => nameKeys.includes(key) && typeof value === 'string')
    .map(([, value]: [string, unknown]) => String(value));
}
