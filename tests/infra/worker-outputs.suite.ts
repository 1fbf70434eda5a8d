import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { outputNameOf } from '../../shared/aws/observe/stack.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import * as serverUses from '../../shared/aws/uses/server-uses.ts';
import type { Package } from './packaged.ts';

const outputsSchema = z.record(
  z.string(),
  z.object({ Value: z.union([z.string(), z.object({ Ref: z.string() }), z.looseObject({})]) }),
);

/** A worker server outside the stack reads them: `npm run worker -- --stage`. */
export function describeWorkerOutputs({ template, functions }: Package): void {
  test('are the environment of the workers of both queues, with which a server starts', () => {
    const outputs = outputsSchema.parse(template.outputs);
    const settings = z
      .record(z.string(), z.string())
      .parse(JSON.parse(String(outputs.WorkerSettings?.Value)));
    const environmentOf = (each: string): Readonly<Record<string, string>> =>
      functions.find(({ name }) => name === each)?.environment ?? {};
    const all: Readonly<Record<string, string>> = {
      ...environmentOf('worker'),
      ...environmentOf('longWorker'),
    };
    // With those of what job types use.
    const { POWERTOOLS_LOG_LEVEL, ...expected } = all;
    const environment = Object.keys(expected).map((name) => {
      const value = outputs[outputNameOf(name)]?.Value;
      const id = z.optional(z.object({ Ref: z.string() })).parse(value);
      return [name, id === undefined ? settings[name] : template.resolve(id)];
    });
    expect(Object.fromEntries(environment)).toEqual(expected);
    const region = { AWS_REGION: 'eu-central-1' };
    expect(() =>
      readEnvironment(serverUses, { ...Object.fromEntries(environment), ...region }),
    ).not.toThrow();
  });
}
