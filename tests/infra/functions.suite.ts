import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../shared/aws/config.ts';
import { privileges, routes } from './expected.ts';
import { eventSource, integration, logGroup, route } from './kinds.ts';
import type { Package, PackagedFunction } from './packaged.ts';

const providerWide = ['POWERTOOLS_LOG_LEVEL'];
const httpApiTimeoutSeconds = 30;

export function describeFunctions(pkg: Package, logRetentionDays: number): void {
  test('there are these functions, and no other', () => {
    const names = pkg.functions.map(({ name }) => name).sort();
    expect(names).toEqual(Object.keys(privileges).sort());
  });

  describe.each(pkg.functions)('$name', (fn) => {
    describeRuntime(fn, pkg, logRetentionDays);
    describeEnvironment(fn, pkg);
  });

  test('every route reaches its function, which answers before the API gives up', () => {
    expect(routesOf(pkg)).toEqual(routes);
    for (const { IntegrationUri, PayloadFormatVersion } of pkg.template.all(integration).values()) {
      expect(PayloadFormatVersion).toBe('2.0');
      const fn = pkg.functions.find(({ id }) => id === IntegrationUri);
      expect(fn?.properties.Timeout).toBeLessThan(httpApiTimeoutSeconds);
    }
  });
}

function describeRuntime(
  { properties, files, bundlePath, bundle }: PackagedFunction,
  { template }: Package,
  logRetentionDays: number,
): void {
  test('runs on Node 24 on arm64', () => {
    expect(properties.Runtime).toBe('nodejs24.x');
    expect(properties.Architectures).toEqual(['arm64']);
  });

  test('its log is kept for so long, and not for ever', () => {
    const groups = [...template.all(logGroup).values()];
    const own = groups.filter(
      ({ LogGroupName }) => LogGroupName === `/aws/lambda/${properties.FunctionName}`,
    );
    expect(own).toEqual([expect.objectContaining({ RetentionInDays: logRetentionDays })]);
  });

  test('its zip has its handler and nothing else, no source map above all', () => {
    expect([...files.keys()]).toEqual([bundlePath]);
    expect(bundle).not.toContain('sourceMappingURL');
    expect(bundle.length).toBeGreaterThan(0);
  });
}

function describeEnvironment(
  { id, configSchema, environment, properties }: PackagedFunction,
  { template }: Package,
): void {
  const variables = properties.Environment.Variables;

  test('its environment is what its config schema wants, and no more', () => {
    const wanted = [...Object.keys(configSchema.shape), ...providerWide];
    expect(Object.keys(environment).sort()).toEqual(wanted.sort());
    expect(() => parseConfig(configSchema, environment)).not.toThrow();
  });

  test('its environment has no secret: settings and references', () => {
    const literals = Object.values(variables).filter((value) => typeof value === 'string');
    for (const literal of literals) expect(literal).toMatch(/^(\d+|true|false|DEBUG|INFO)$/);
  });

  test('its queues are the right ones', () => {
    for (const [key, value] of Object.entries(variables).filter(([name]) => name.endsWith('QUEUE_URL')))
      expect({ [key]: value }).toEqual({ [key]: { Ref: queueIdOf(key) } });
  });

  test('it knows the URL of every queue that it processes', () => {
    const sources = [...template.all(eventSource).values()].filter(({ FunctionName }) => FunctionName === id);
    const known = Object.keys(variables).map(queueIdOf);
    for (const { EventSourceArn } of sources) expect(known).toContain(EventSourceArn);
  });
}

/** The queue that a variable is named for: `DEAD_LETTER_QUEUE_URL` for `DeadLetterQueue`. */
const queueIdOf = (key: string): string =>
  key
    .slice(0, -'_URL'.length)
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
