import { describe, expect, test } from '@jest/globals';
import { keysOf, readEnvironment, variablesOf } from '../../shared/aws/uses/environment.ts';
import { maxWaitSeconds } from '../../shared/http/requests/wait-request.ts';
import { routes } from '../../shared/http/routes.ts';
import { maxPreferredWaitSeconds } from '../../shared/http/wire/prefer.ts';
import type { Route } from '../../shared/http/wire/route.ts';
import { setByLambda } from './expected.ts';
import { privileges } from './expected-privileges.ts';
import { eventSource, integration, logGroup, route } from './kinds.ts';
import type { Package, PackagedFunction } from './packaged.ts';

/** Variables that serverless.yml sets for all functions. */
const commonVariables = ['POWERTOOLS_LOG_LEVEL'];
/** Those that the job types of a worker bring. */
const variablesOfTypes: Readonly<Record<string, readonly string[]>> = {
  longWorker: ['ACCESS_TABLE_NAME', 'MAIL_FROM', 'REPORTS'],
};
const httpApiTimeoutSeconds = 30;
/** A function that waits also starts, checks the access, and reads the job before and after. */
const secondsForTheRest = 4;
/** Every route by its key, and a `HEAD` for every `GET`, with its function. */
const expectedRoutes = Object.fromEntries(
  Object.entries<Route>(routes).flatMap(([key, { function: name }]) =>
    [key, key.replace('GET ', 'HEAD ')].map((each) => [each, name]),
  ),
);

export function describeFunctions(pkg: Package, logRetentionDays: number): void {
  test('exactly the expected functions are deployed', () => {
    const names = pkg.functions.map(({ name }) => name).sort();
    expect(names).toEqual(Object.keys(privileges).sort());
  });

  test.each([
    ['submit', maxPreferredWaitSeconds],
    ['wait', maxWaitSeconds],
  ])('%s has time for the rest after the longest wait of a client, %i seconds', (name, seconds) => {
    const fn = pkg.functions.find((each) => each.name === name);
    expect(fn?.properties.Timeout).toBeGreaterThanOrEqual(seconds + secondsForTheRest);
  });

  describe.each(pkg.functions)('$name', (fn) => {
    describeRuntime(fn, pkg, logRetentionDays);
    describeEnvironment(fn, pkg);
  });

  test('every route invokes its function, whose timeout is shorter than that of the API', () => {
    expect(Object.keys(expectedRoutes).length).toBeGreaterThan(60);
    expect(routesOf(pkg)).toEqual(expectedRoutes);
    for (const { IntegrationUri, PayloadFormatVersion } of pkg.template.all(integration).values()) {
      expect(PayloadFormatVersion).toBe('2.0');
      const fn = pkg.functions.find(({ id }) => id === IntegrationUri);
      expect(fn?.properties.Timeout).toBeLessThan(httpApiTimeoutSeconds);
    }
  });
}

function describeRuntime(
  { properties, files, bundlePath, bundle, environment }: PackagedFunction,
  { template }: Package,
  logRetentionDays: number,
): void {
  test('runs on Node 24 on arm64', () => {
    expect(properties.Runtime).toBe('nodejs24.x');
    expect(properties.Architectures).toEqual(['arm64']);
  });

  // START, END and REPORT would be most of the bytes. Lambda must not filter our lines: metrics have no level.
  test('has a log in JSON, without lines of Lambda about invocations that go well', () => {
    expect(properties.LoggingConfig).toEqual({
      LogFormat: 'JSON',
      SystemLogLevel: 'WARN',
      ApplicationLogLevel: 'DEBUG',
    });
  });

  test('has a log with the retention of the stage', () => {
    const groups = [...template.all(logGroup).values()];
    const own = groups.filter(
      ({ LogGroupName }) => LogGroupName === `/aws/lambda/${properties.FunctionName}`,
    );
    expect(own).toEqual([expect.objectContaining({ RetentionInDays: logRetentionDays })]);
  });

  test('has only its bundle in its zip, and what sends spans if it has any; and no source map', () => {
    const sendsSpans = Object.hasOwn(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT');
    const second = sendsSpans ? ['otlp-tracer.mjs'] : [];
    expect([...files.keys()].sort()).toEqual([bundlePath, ...second].sort());
    expect(bundle.includes('"../../otlp-tracer.mjs"')).toBe(sendsSpans);
    expect(bundle).not.toContain('BatchSpanProcessor');
    expect(bundle).not.toContain('sourceMappingURL');
    expect(bundle.length).toBeGreaterThan(0);
  });
}

function describeEnvironment(
  { id, name, uses, environment, properties }: PackagedFunction,
  { template, stage }: Package,
): void {
  const variables = properties.Environment.Variables;

  test('has exactly the environment that its uses ask for', () => {
    const declared = variablesOf(uses).filter((key) => !setByLambda.includes(key));
    const all = new Set([...declared, ...commonVariables, ...(variablesOfTypes[name] ?? [])]);
    expect(Object.keys(environment).sort()).toEqual([...all].sort());
    const region = { AWS_REGION: 'eu-central-1' };
    expect(() => readEnvironment(uses, { ...environment, ...region })).not.toThrow();
  });

  test('has only settings and references in its environment, and no secret', () => {
    const settings: Readonly<Record<string, RegExp>> = {
      AUTH: /^apiKey$/,
      JWT_TENANT_CLAIM: /^sub$/,
      NOTIFY: /^$/,
      WEBHOOK_HOSTS: /^$/,
      EVENT_BUS: /^$/,
      METRICS: /^queue$/,
      OTEL_EXPORTER_OTLP_ENDPOINT: /^$/,
      OTEL_TRACES_SAMPLER: /^parentbased_traceidratio$/,
      OTLP_HEADERS_FROM: /^$/,
      PUBLIC_URL: /^$/,
      STAGE: new RegExp(`^${stage}$`),
      MAIL_FROM: /^$/,
      REPORTS: /^$/,
      // No stage has set up a service, or servers.
      SETUP: /^$/,
      SERVERS: /^none$/,
      LIMITS: /^none$/,
    };
    const literals = Object.entries(variables).filter(([, value]) => typeof value === 'string');
    for (const [key, literal] of literals)
      expect(literal).toMatch(settings[key] ?? /^(\d+|true|false|DEBUG|INFO)$/);
  });

  test('has the URL of one queue, and knows by it that of each that it uses', () => {
    const keys = keysOf(uses).filter((key) => key.endsWith('QUEUE_URL'));
    expect(variables.STANDARD_QUEUE_URL).toEqual(keys.length === 0 ? undefined : { Ref: 'StandardQueue' });
    const known: Readonly<Record<string, unknown>> = readEnvironment(uses, {
      ...environment,
      AWS_REGION: 'eu-central-1',
    });
    for (const key of keys)
      expect({ [key]: known[key] }).toEqual({ [key]: template.resolve({ Ref: resourceIdOf(key) }) });
  });

  test('has in each ARN variable the ARN of what it is named after', () => {
    for (const [key, value] of Object.entries(variables).filter(([name]) => name.endsWith('_ARN')))
      expect({ [key]: value }).toEqual({ [key]: { 'Fn::GetAtt': [resourceIdOf(key), 'Arn'] } });
  });

  test('has the URL of every queue that it processes', () => {
    const sources = [...template.all(eventSource).values()].filter(({ FunctionName }) => FunctionName === id);
    const known = keysOf(uses).map(resourceIdOf);
    // The URLs of further ordered queues follow from the first.
    for (const { EventSourceArn } of sources) expect(known).toContain(EventSourceArn.replace(/\d$/, ''));
  });
}

/** The resource that a variable is named after: `DeadLetterQueue` for `DEAD_LETTER_QUEUE_URL`. */
const resourceIdOf = (key: string): string =>
  key
    .replace(/_(URL|ARN)$/, '')
    .toLowerCase()
    .replace(/(^|_)([a-z])/g, (_all, _separator, letter: string) => letter.toUpperCase());

function routesOf({ template, functions }: Package): Record<string, string | undefined> {
  const nameOf = (target: string | { Ref: string } | undefined) => {
    const { IntegrationUri } = template.one(typeof target === 'object' ? target.Ref : '', integration);
    return functions.find(({ id }) => id === IntegrationUri)?.name;
  };
  const all = [...template.all(route).values()];
  return Object.fromEntries(all.map(({ RouteKey, Target }) => [RouteKey, nameOf(Target['Fn::Join'][1][1])]));
}
