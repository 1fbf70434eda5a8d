import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { listOf, type StageParameters } from '../parameters/parameter.ts';
import type { DeclaredRoute, HttpApiConfig, RouteAuthorizer } from './http-api.ts';
import type { Statement } from './template-values.ts';
import { type Environment, workerOutputsOf } from './worker-outputs.ts';

export type HttpApiEvent = string | { method: string; path: string; authorizer?: RouteAuthorizer };

export interface FunctionConfig {
  readonly handler?: string;
  /** Once it is packaged. */
  readonly package?: { readonly artifact?: string };
  environment?: Environment;
  iamRoleStatements?: readonly Statement[];
  readonly events?: { httpApi?: HttpApiEvent }[];
  /** What calls this function names the alias. */
  targetAlias?: { readonly name: string; readonly logicalId: string };
  /** Once it is compiled. */
  readonly versionLogicalId?: string;
  /** Invocations at a time that are kept for the function, and are all it gets. */
  reservedConcurrency?: number;
  vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** Where a plugin says something. */
export interface Output {
  readonly log: { warning(line: string): void; notice(line: string): void };
}

/** What `sls` gives a client of any service of AWS. */
export type SdkConfig = Pick<DynamoDBClientConfig, 'region' | 'credentials' | 'requestHandler'>;

export interface Resource {
  readonly Type?: string;
  readonly DependsOn?: string;
  readonly UpdatePolicy?: Readonly<Record<string, unknown>>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Properties?: Record<string, unknown>;
}

/** What a resource that osls makes has beside. */
interface Extension {
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

/** The `resources` of serverless.yml. */
export interface Resources {
  extensions?: Readonly<Record<string, Extension>>;
  Resources?: Readonly<Record<string, Resource>>;
  Outputs?: Readonly<Record<string, unknown>>;
  /** What the next deployment asks of this one. */
  Metadata?: { readonly JobTypes: readonly string[] };
}

/** How osls calls what it makes. */
export interface Naming {
  getStackName(): string;
  getHttpApiStageLogicalId(): string;
  getLambdaLogicalId(functionName: string): string;
  getLogGroupLogicalId(functionName: string): string;
  /** @param route `*` is the one that catches all */
  getHttpApiRouteLogicalId(route: string): string;
  getHttpApiIntegrationLogicalId(functionName: string): string;
  getLambdaHttpApiPermissionLogicalId(functionName: string): string;
}

/** The part of osls that infra/plugin.ts uses. */
export interface Serverless {
  readonly serviceDir: string;
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly configurationInput: { readonly params?: unknown };
  readonly processedInput: {
    /** `['offline', 'start']` */
    readonly commands?: readonly string[];
    readonly options: {
      readonly param?: readonly string[];
      /** The folder of a package that was made before. */
      readonly package?: string;
      readonly verbose?: boolean;
    };
  };
  readonly service: {
    readonly service: string;
    readonly provider: {
      httpApi?: HttpApiConfig;
      /** CloudFormation gives them to everything in the stack. */
      stackTags?: Readonly<Record<string, string>>;
      readonly environment?: Environment;
      /** Once it is compiled. */
      readonly compiledCloudFormationTemplate?: Resources;
    };
    readonly functions: Record<string, FunctionConfig>;
    readonly resources: Resources;
  };
  getProvider(name: 'aws'): {
    readonly naming: Naming;
    getStage(): string;
    getRegion(): string;
    /** The region, the credentials and the proxy that `sls` itself uses. */
    getAwsSdkV3Config(): Promise<SdkConfig>;
  };
}

/** @param what is the matter with the stage, which the lines say more of */
export function stageError(serverless: Serverless, what: string, lines: readonly string[]): Error {
  const stage = serverless.getProvider('aws').getStage();
  const message = [`The stage ${stage} ${what}:`, ...lines.map((line) => `- ${line}`)].join('\n');
  return new serverless.classes.Error(message, 'STAGE_ACCESS');
}

/** The catch-all route is `*` in serverless.yml, and `$default` in API Gateway. */
export function routeKeyOf(event: HttpApiEvent): string {
  const text = typeof event === 'string' ? event : `${event.method.toUpperCase()} ${event.path}`;
  return text === '*' ? '$default' : text;
}

export const declaredRoutes = ({ functions }: Serverless['service']): readonly DeclaredRoute[] =>
  Object.entries(functions).flatMap(([functionName, { events = [] }]) =>
    events.flatMap(({ httpApi }) =>
      httpApi === undefined ? [] : [{ route: routeKeyOf(httpApi), functionName }],
    ),
  );

const routeIdOf = (route: string, naming: Naming): string =>
  naming.getHttpApiRouteLogicalId(route === '$default' ? '*' : route);

/** Adds a `HEAD` to every `GET`: an HTTP API routes by method, and has no such rule itself. */
export function addHeadRoutes({ functions }: Serverless['service']): void {
  for (const { events = [] } of Object.values(functions)) {
    const routes = events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [routeKeyOf(httpApi)]));
    const missing = routes
      .filter((route) => route.startsWith('GET '))
      .map((route) => route.slice('GET '.length))
      .filter((path) => !routes.includes(`HEAD ${path}`));
    events.push(...missing.map((path) => ({ httpApi: { method: 'HEAD', path } })));
  }
}

/**
 * Limits the calls of each of these routes by itself, at a tenth of the limit of all. The stage is made after the
 * routes: API Gateway refuses settings of a route that it does not have.
 */
export function limitRoutes(
  { resources }: Serverless['service'],
  routes: readonly string[],
  {
    naming,
    parameters: { throttleRate, throttleBurst },
  }: { readonly naming: Naming; readonly parameters: StageParameters },
): void {
  const tenth = (limit: unknown): number => Math.ceil(Number(limit) / 10);
  const limits = { ThrottlingRateLimit: tenth(throttleRate), ThrottlingBurstLimit: tenth(throttleBurst) };
  const stage = naming.getHttpApiStageLogicalId();
  const { Properties, DependsOn = [] } = resources.extensions?.[stage] ?? {};
  const ids = routes.map((route) => routeIdOf(route, naming));
  resources.extensions = {
    ...resources.extensions,
    [stage]: {
      Properties: {
        ...Properties,
        RouteSettings: Object.fromEntries(routes.map((route) => [route, limits])),
      },
      DependsOn: [...DependsOn, ...ids],
    },
  };
}

/**
 * API Gateway takes so many management calls a second:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const routesAtOnce = 10;

/**
 * Has CloudFormation make the routes in so many chains, one route after the other in each: all at once are throttled.
 */
export function chainRoutes(service: Serverless['service'], naming: Naming): void {
  const ids = declaredRoutes(service).map(({ route }) => routeIdOf(route, naming));
  const chained = ids.slice(routesAtOnce).map((id, at) => [id, { DependsOn: [ids[at] ?? ''] }] as const);
  service.resources.extensions = { ...service.resources.extensions, ...Object.fromEntries(chained) };
}

/** The environment of a function, with what all functions have. */
export const environmentOf = ({ provider, functions }: Serverless['service'], name: string): Environment => ({
  ...provider.environment,
  ...functions[name]?.environment,
});

/** The same of all functions, by their names. */
export const environmentsOf = (service: Serverless['service']): Readonly<Record<string, Environment>> =>
  Object.fromEntries(Object.keys(service.functions).map((name) => [name, environmentOf(service, name)]));

/** The functions that run jobs. */
const workers = ['worker', 'longWorker'];

/** Has the workers join the VPC of the stage, if it names one. The right to network interfaces comes with that. */
export function joinVpc(
  { functions }: Serverless['service'],
  { vpcSubnets, vpcSecurityGroups }: StageParameters,
): void {
  const [subnetIds, securityGroupIds] = [listOf(vpcSubnets), listOf(vpcSecurityGroups)];
  if (subnetIds.length === 0) return;
  for (const name of workers) {
    const config = functions[name];
    if (config) config.vpc = { subnetIds, securityGroupIds };
  }
}

/** Keeps so many invocations for those who wait, if the stage says so: then they take no others, whatever they do. */
export function reserveForWaits(
  { functions }: Serverless['service'],
  { waitReserved }: StageParameters,
): void {
  if (functions.wait && waitReserved !== 'none') functions.wait.reservedConcurrency = Number(waitReserved);
}

/** Adds the outputs by which `npm run worker -- --stage` finds the stage. */
export function addWorkerOutputs({ resources }: Serverless['service'], environment: Environment): void {
  resources.Outputs = { ...workerOutputsOf(environment), ...resources.Outputs };
}

/** Adds properties to a resource of serverless.yml, if it has that. */
export function addProperties({ Resources }: Resources, id: string, properties: object): void {
  const resource = Resources?.[id];
  if (resource) resource.Properties = { ...resource.Properties, ...properties };
}

const isHttpEvent = (event: unknown): event is { httpApi: HttpApiEvent } =>
  typeof event === 'object' && event !== null && 'httpApi' in event;

/** Puts the authorizer before every route except those that `isOpen` names. */
export function setAuthorizer(
  functions: Readonly<Record<string, { readonly events?: readonly unknown[] }>>,
  {
    authorizer,
    isOpen,
  }: { readonly authorizer: RouteAuthorizer; readonly isOpen: (route: string) => boolean },
): void {
  if (authorizer === undefined) return;
  const events = Object.values(functions).flatMap(({ events = [] }) => events);
  for (const event of events.filter(isHttpEvent)) {
    const route = routeKeyOf(event.httpApi);
    const [method = '', path = ''] = route.split(' ');
    if (!isOpen(route)) event.httpApi = { method, path, authorizer };
  }
}
