import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { root } from '../project-copy.ts';
import { kind, metricFilter, route } from './kinds.ts';
import type { Package } from './packaged.ts';

/** As they stand: ARNs are about as long as what names them here. IAM counts no spaces. */
const policies = kind(
  'AWS::IAM::Role',
  z.looseObject({ Policies: z._default(z.array(z.object({ PolicyDocument: z.unknown() })), []) }),
);

const numberOf = (text = ''): number => Number(text.replaceAll(',', ''));

/** What docs/scale.md says of the limits of a deployment. */
export function describeDeployment({ template, functions }: Package): void {
  const page = readFileSync(join(root, 'docs/scale.md'), 'utf8');
  const rows = [...page.matchAll(/^\| \[?([^|\]]+?)(?:\]\([^)]*\))? \| ([\d,]+) \| ([\d,]+) \|$/gm)].map(
    ([, name = '', limit, said]) => [name, { limit: numberOf(limit), said: numberOf(said) }] as const,
  );
  const most = (numbers: Iterable<number>): number => Math.max(...numbers);
  const filters = [...template.all(metricFilter).values()].map(({ LogGroupName }) => LogGroupName);
  const needed: Readonly<Record<string, number>> = {
    'resources of a stack': Object.keys(template.resources).length,
    'bytes of a template in a bucket': Buffer.byteLength(template.text),
    'outputs of a stack': Object.keys(template.outputs).length,
    "characters of a role's own policies": most(
      [...template.all(policies).values()].map(({ Policies }) =>
        Policies.reduce((sum, { PolicyDocument }) => sum + JSON.stringify(PolicyDocument).length, 0),
      ),
    ),
    "bytes of a function's variables": most(
      functions.map(({ environment }) => Buffer.byteLength(JSON.stringify(environment))),
    ),
    'routes of an HTTP API': template.all(route).size,
    'filters of a log group': most(
      Object.values(Object.groupBy(filters, (name) => name)).map((each) => each?.length ?? 0),
    ),
  };

  test('has a row for each, and a stage needs no more than the page says, and at most a third less', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(needed));
    const wrong = rows.filter(([name, { limit, said }]) => {
      const found = needed[name] ?? Number.NaN;
      return !(found <= said && said <= 1.5 * found + 2 && said < limit);
    });
    expect(wrong.map(([name, row]) => [name, row, needed[name]])).toEqual([]);
  });
}
