import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as serverUses from '../shared/aws/uses/server-uses.ts';
import { takesTokens } from '../shared/domain/access/auth-mode.ts';
import { asError } from '../shared/domain/base/errors.ts';
import {
  protectDeployed,
  refuseOverKept,
  refuseRemoval,
  refuseWrongTables,
  requireRootSecret,
} from './guards/stage-guards.ts';
import { warningsOfContracts } from './packaging/contract-warnings.ts';
import { bundleConditions } from './packaging/job-type-catalog.ts';
import { problemsOfParts } from './packaging/problems-of-parts.ts';
import { readTags } from './parameters/tags.ts';
import { derivedFrom, deriveFunctions } from './rights/derive-functions.ts';
import { problemsOfEnvironments } from './rights/environment-problems.ts';
import { type MovedSettings, moveSettings } from './rights/move-settings.ts';
import {
  problemsOfDeployment,
  problemsOfParameters,
  problemsOfStageName,
} from './rights/problems-of-stage.ts';
import { problemsOfUses, variablesOfWorkers } from './rights/problems-of-uses.ts';
import { CatalogError, readStage } from './rights/read-stage.ts';
import { addServers } from './rights/servers.ts';
import { addWatch } from './template/alarms.ts';
import { bucketSettingsOf } from './template/bucket-settings.ts';
import { shiftAliases } from './template/canary.ts';
import { fitPolicies } from './template/fit-policies.ts';
import {
  authorizerOf,
  httpApiOf,
  isForAnybody,
  isOpen,
  keepAuthorizer,
  ownOrigins,
  problemsOfRoutes,
  routeTable,
} from './template/http-api.ts';
import { addAliases, callAliases } from './template/live-alias.ts';
import { addOrderedQueues } from './template/ordered-queues.ts';
import { parametersOf, stageVariables } from './template/parameters-of.ts';
import {
  addRecurringSchedules,
  problemsOfScheduledTypes,
  readRecurringSchedules,
} from './template/recurring-schedules.ts';
import type { Stack } from './template/resolved-value.ts';
import {
  addHeadRoutes,
  addProperties,
  addWorkerOutputs,
  chainRoutes,
  declaredRoutes,
  environmentOf,
  environmentsOf,
  joinVpc,
  limitRoutes,
  type Output,
  type Resources,
  reserveForWaits,
  type Serverless,
  setAuthorizer,
  stageError,
} from './template/serverless.ts';
import { finishRoles, keepData, keepFromPurge } from './template/stack-policies.ts';
import { tableNamesOf, tableOutputsOf } from './template/stage-tables.ts';

/**
 * Keeps a stage closed. Before packaging the plugin stops if the stage would be open, or a parameter or a schedule is
 * wrong. It adds authorizers, recurring schedules and the bucket's retention, and loads each bundle once. Before a
 * deployment it looks for what would make it fail halfway. After a deployment it writes the root secret, uploads scripts
 * and source maps, protects what stays, and warns if nobody hears of alarms, or if an alias was moved by hand. Before it
 * removes a protected stage, it asks for `--param really=STAGE`, and then empties the bucket, unless the bucket stays.
 */
export default class StagePlugin {
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;
  readonly configurationVariablesSources: ReturnType<typeof stageVariables>;
  readonly #serverless: Serverless;
  readonly #output: Output;
  #movedSettings: MovedSettings = {};

  constructor(serverless: Serverless, _options: unknown, output: Output) {
    this.#serverless = serverless;
    this.#output = output;
    this.configurationVariablesSources = stageVariables(serverless);
    // Now: serverless-esbuild looks at the functions before any hook of ours. `sls print` shows the whole file.
    if (serverless.processedInput.commands?.[0] !== 'print')
      keepAuthorizer(serverless.service.functions, parametersOf(serverless, this.#stage));
    this.hooks = {
      'before:package:cleanup': () => this.#prepare(),
      'after:package:initialize': () => this.#addExternalPackages(),
      'before:deploy:function:initialize': () => this.#refuseSingleFunction(),
      'after:package:createDeploymentArtifacts': () => this.#loadBundles(),
      'after:package:compileFunctions': () => this.#addAliases(),
      // By then the template has all roles: those that another plugin makes, and our own.
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.#finishRoles(),
      'before:aws:deploy:deploy:createStack': async () => {
        await this.#askIssuer();
        await refuseOverKept(this.#serverless);
        await refuseWrongTables(this.#serverless);
        await requireRootSecret(this.#serverless);
        await this.#refuseChangedQueues();
        await this.#compareWithDeployed();
        await this.#lookBeforeCanary();
        await this.#makeServiceRole();
      },
      'after:deploy:deploy': async () => {
        await requireRootSecret(
          this.#serverless,
          'is deployed, but has no root secret, and its API answers 503',
        );
        await this.#writeSecrets();
        await this.#uploadScripts();
        await this.#uploadMaps();
        await protectDeployed(this.#serverless);
        await this.#findListeners();
        await this.#findMovedAliases();
      },
      'before:remove:remove': async () => {
        await refuseRemoval(this.#serverless, this.#output);
        await this.#emptyBucket();
      },
    };
  }

  get #provider(): ReturnType<Serverless['getProvider']> {
    return this.#serverless.getProvider('aws');
  }

  get #stage(): string {
    return this.#provider.getStage();
  }

  get #stackName(): string {
    return this.#provider.naming.getStackName();
  }

  get #conditions(): string[] {
    return bundleConditions(this.#serverless.serviceDir, parametersOf(this.#serverless, this.#stage));
  }

  async #prepare(): Promise<void> {
    const { service } = this.#serverless;
    const stage = await readStage(this.#serverless).catch((error: unknown) => {
      throw error instanceof CatalogError ? this.#error('cannot be deployed', [error.message]) : error;
    });
    const { parameters, types, contracts } = stage;
    const recurring = await readRecurringSchedules();
    const problems = [
      ...problemsOfDeployment(this.#stage, parameters),
      ...this.#problemsOfName(),
      ...problemsOfParameters(parameters, types),
      ...problemsOfParts(contracts),
      ...(await problemsOfUses(types, { contracts, variables: variablesOfWorkers })),
      ...problemsOfRoutes(declaredRoutes(service), routeTable),
      ...recurring.problems,
      ...problemsOfScheduledTypes(recurring, parameters),
    ];
    if (problems.length > 0) throw this.#error('cannot be deployed', problems);
    for (const warning of warningsOfContracts(contracts)) this.#output.log.warning(warning);
    service.provider.httpApi = { ...service.provider.httpApi, ...httpApiOf(parameters) };
    service.provider.stackTags = { ...service.provider.stackTags, ...readTags(parameters.tags) };
    addOrderedQueues(service, parameters);
    keepData(service.resources, parameters);
    keepFromPurge(service.resources, parameters);
    addProperties(service.resources, 'Bucket', bucketSettingsOf(parameters, ownOrigins(parameters)));
    const { serviceDir } = this.#serverless;
    const settings = await deriveFunctions({ serviceDir, functions: service.functions }, stage);
    const stack = this.#stackWith(service.resources);
    this.#movedSettings = moveSettings(service, settings, stack);
    const wrong = problemsOfEnvironments(environmentsOf(service), { stack, parameters });
    if (wrong.length > 0) throw this.#error('cannot be deployed', wrong);
    joinVpc(service, parameters);
    reserveForWaits(service, parameters);
    const environment = {
      ...service.provider.environment,
      ...derivedFrom(serverUses, stage).environment,
    };
    addWorkerOutputs(service, environment);
    service.resources.Metadata = { JobTypes: Object.keys(contracts).sort() };
    service.resources.Outputs = { ...service.resources.Outputs, ...tableOutputsOf(parameters) };
    addRecurringSchedules(service.resources, recurring.schedules);
    addServers(service.resources, { stage, environment });
    const { naming } = this.#provider;
    callAliases(service, naming);
    addWatch(service.resources, { parameters, functions: Object.keys(service.functions), naming });
    addHeadRoutes(service);
    chainRoutes(service, naming);
    const ofAnybody = declaredRoutes(service).flatMap(({ route }) => (isForAnybody(route) ? [route] : []));
    limitRoutes(service, ofAnybody, { naming, parameters });
    setAuthorizer(service.functions, { authorizer: authorizerOf(parameters), isOpen });
  }

  #problemsOfName(): readonly string[] {
    const { service: name, functions } = this.#serverless.service;
    const region = this.#provider.getRegion();
    const names = Object.keys(functions);
    return problemsOfStageName({ service: name, stage: this.#stage, region, functions: names });
  }

  #addAliases(): void {
    const [{ service }, { naming }] = [this.#serverless, this.#provider];
    addAliases(service, naming);
    shiftAliases(service, parametersOf(this.#serverless, this.#stage), naming);
  }

  #refuseSingleFunction(): never {
    throw this.#error('is not changed by `sls deploy function`', [
      `It would change code that nothing calls: all calls go to the version that the alias live names. Run: npx sls deploy --stage ${this.#stage}`,
    ]);
  }

  #finishRoles(): void {
    const { compiledCloudFormationTemplate: template = {} } = this.#serverless.service.provider;
    finishRoles(template.Resources ?? {}, parametersOf(this.#serverless, this.#stage));
    const problems = fitPolicies(template, this.#stackWith(template));
    if (problems.length > 0) throw this.#error('cannot be deployed', problems);
  }

  #stackWith({ Resources: resources = {} }: Resources): Stack {
    return { region: this.#provider.getRegion(), name: this.#stackName, resources };
  }

  /** Not at packaging, which needs no network. */
  async #askIssuer(): Promise<void> {
    const { auth, jwtIssuer } = parametersOf(this.#serverless, this.#stage);
    if (!takesTokens(auth)) return;
    const { askIssuer } = await import('./deployed/token-issuer.ts');
    const { problem, warning } = await askIssuer(String(jwtIssuer));
    if (problem !== undefined) throw this.#error('cannot be deployed', [problem]);
    if (warning !== undefined) this.#output.log.warning(warning);
  }

  async #refuseChangedQueues(): Promise<void> {
    const { orderedQueues, jobTable = '' } = parametersOf(this.#serverless, this.#stage);
    const { compareQueues } = await import('./guards/changed-queues.ts');
    const stage = { orderedQueues: Number(orderedQueues), jobTable: String(jobTable) };
    const config = await this.#provider.getAwsSdkV3Config();
    const found = await compareQueues({ stack: this.#stackName, ...stage }, config);
    if (found.problem !== undefined) throw this.#error('cannot be deployed', [found.problem]);
    if (found.warning !== undefined) this.#output.log.warning(found.warning);
  }

  async #compareWithDeployed(): Promise<void> {
    const { askAccount } = await import('./deployed/ask-account.ts');
    const { compareWithDeployed } = await import('./deployed/compare-with-deployed.ts');
    const { compiledCloudFormationTemplate: template } = this.#serverless.service.provider;
    const deployment = { stack: this.#stackName, template };
    const config = await this.#provider.getAwsSdkV3Config();
    const account = await askAccount(deployment, config);
    const { problems, notices } = await compareWithDeployed(deployment, config);
    const all = [...(account.problem === undefined ? [] : [account.problem]), ...problems];
    if (all.length > 0) throw this.#error('cannot be deployed', all);
    if (account.notice !== undefined) this.#output.log.notice(account.notice);
    if (account.warning !== undefined) this.#output.log.warning(account.warning);
    for (const notice of notices) this.#output.log.warning(notice);
  }

  async #makeServiceRole(): Promise<void> {
    if (parametersOf(this.#serverless, this.#stage).servers !== 'fargate') return;
    const { makeServiceRole } = await import('./deployed/service-role.ts');
    const warning = await makeServiceRole(await this.#provider.getAwsSdkV3Config());
    if (warning !== undefined) this.#output.log.warning(warning);
  }

  /** What a job type does not want bundled, and what is loaded only on some stages. */
  async #addExternalPackages(): Promise<void> {
    const { service, serviceDir } = this.#serverless;
    const functions = Object.entries(service.functions).flatMap(([name, { handler }]) =>
      handler === undefined ? [] : [{ name, handler }],
    );
    const { addExternalPackages, addFile, addSecondFile } = await import('./packaging/external-packages.ts');
    await addExternalPackages(functions, serviceDir, this.#conditions).catch((error: unknown) => {
      throw this.#error('cannot be deployed', [asError(error).message]);
    });
    for (const [name, settings] of Object.entries(this.#movedSettings))
      await addFile(name, settings, serviceDir);
    const sending = functions.filter(
      ({ name }) => 'OTEL_EXPORTER_OTLP_ENDPOINT' in environmentOf(service, name),
    );
    await addSecondFile(
      sending.map(({ name }) => name),
      serviceDir,
    );
  }

  /** A function that cannot be loaded fails every call, and all types of a worker: each bundle is loaded once before. */
  async #loadBundles(): Promise<void> {
    const { service, serviceDir } = this.#serverless;
    const [{ problemsOfBundles }, { readZip }] = await Promise.all([
      import('./packaging/load-bundles.ts'),
      import('./packaging/read-zip.ts'),
    ]);
    const packaged = Object.entries(service.functions).flatMap(([name, config]) => {
      const { handler, package: { artifact } = {} } = config;
      if (handler === undefined || artifact === undefined) return [];
      const files = readZip(readFileSync(resolve(serviceDir, artifact)));
      const [environment, resources] = [environmentOf(service, name), service.resources.Resources ?? {}];
      return [{ name, handler, files, environment, resources }];
    });
    const problems = await problemsOfBundles(packaged, serviceDir, { conditions: this.#conditions });
    if (problems.length > 0) throw this.#error('cannot be deployed', problems);
  }

  /** Also if nothing was deployed, since an earlier deployment may have failed here. */
  async #writeSecrets(): Promise<void> {
    // Imported only here: no other command needs the SDK.
    const [{ DynamoDBClient }, { DynamoDbAccessAdminStore }, secrets] = await Promise.all([
      import('@aws-sdk/client-dynamodb'),
      import('./access/admin-store.ts'),
      import('./access/root-secret.ts'),
    ]);
    const client = new DynamoDBClient(await this.#provider.getAwsSdkV3Config());
    const stack = this.#stackName;
    const { access: table } = tableNamesOf(stack, parametersOf(this.#serverless, this.#stage));
    try {
      const store = new DynamoDbAccessAdminStore(client, table);
      await secrets.writeSecrets(store, Date.now());
    } catch (error) {
      throw this.#error('is deployed, but has no root secret yet, and its API answers 503', [
        asError(error).message,
        `When that is mended, run: npm run keys -- init --stage ${this.#stage}`,
      ]);
    } finally {
      client.destroy();
    }
  }

  /** What job types run in other services. */
  async #uploadScripts(): Promise<void> {
    const { scriptsOf, uploadScripts } = await import('./deployed/upload-scripts.ts');
    const scripts = scriptsOf(this.#serverless.serviceDir, this.#conditions);
    if (scripts.length === 0) return;
    try {
      await uploadScripts(scripts, this.#stackName, await this.#provider.getAwsSdkV3Config());
    } catch (error) {
      throw this.#error(
        'is deployed, but the scripts of its job types are not in its bucket, or are old ones',
        [asError(error).message, 'When that is mended, deploy again.'],
      );
    }
  }

  /** Nothing fails for it: the stage is deployed, and its stacks are those of the bundles. */
  async #uploadMaps(): Promise<void> {
    const { uploadMaps } = await import('./deployed/kept-maps.ts');
    const { serviceDir, processedInput } = this.#serverless;
    const folder = resolve(serviceDir, processedInput.options.package ?? '.serverless', 'maps');
    try {
      await uploadMaps(folder, this.#stackName, await this.#provider.getAwsSdkV3Config());
    } catch (error) {
      const why = asError(error).message;
      this.#output.log.warning(
        `The source maps are not in the bucket of the stage, so stacks of errors do not name files of the source (${why}). Deploy again.`,
      );
    }
  }

  /** Nothing fails for it: the stage is deployed. */
  async #findListeners(): Promise<void> {
    const { warningOfListeners } = await import('./deployed/alarm-listeners.ts');
    const warning = await warningOfListeners(this.#stackName, await this.#provider.getAwsSdkV3Config());
    if (warning !== undefined) this.#output.log.warning(warning);
  }

  async #lookBeforeCanary(): Promise<void> {
    if (parametersOf(this.#serverless, this.#stage).canary === 'off') return;
    const { findRingingAlarms, problemsOfMovedAliases } = await import('./deployed/moved-aliases.ts');
    const [stack, config] = [this.#stackName, await this.#provider.getAwsSdkV3Config()];
    const alarms = await findRingingAlarms(stack, config);
    const problems = [...(await problemsOfMovedAliases(stack, config)), ...alarms.problems];
    if (problems.length > 0) throw this.#error('cannot be deployed by a canary', problems);
    if (alarms.warning !== undefined) this.#output.log.warning(alarms.warning);
  }

  async #findMovedAliases(): Promise<void> {
    const { warningOfMovedAliases } = await import('./deployed/moved-aliases.ts');
    const warning = await warningOfMovedAliases(this.#stackName, await this.#provider.getAwsSdkV3Config());
    if (warning !== undefined) this.#output.log.warning(warning);
  }

  /** What writes to the bucket after this makes the removal fail. The next one empties it again. */
  async #emptyBucket(): Promise<void> {
    const { emptyBucketOf } = await import('./deployed/empty-bucket.ts');
    try {
      await emptyBucketOf(this.#stackName, await this.#provider.getAwsSdkV3Config());
    } catch (error) {
      throw this.#error('is not removed, since its bucket could not be emptied', [asError(error).message]);
    }
  }

  #error(what: string, lines: readonly string[]): Error {
    return stageError(this.#serverless, what, lines);
  }
}
