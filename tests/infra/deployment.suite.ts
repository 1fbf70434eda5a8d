import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { projectDir } from '../project-copy.ts';
import { policiesIn } from './cloudformation/policy-problems.ts';
import { readTemplate } from './cloudformation/raw-template.ts';
import { kind, metricFilter, route } from './kinds.ts';
import type { Package } from './packaged.ts';

const ofRole = kind(
  'AWS::IAM::Role',
  z.looseObject({ ManagedPolicyArns: z._default(z.array(z.unknown()), []) }),
);

const numberOf = (text = ''): number => Number(text.replaceAll(',', ''));
const most = (numbers: Iterable<number>): number => Math.max(0, ...numbers);

/** How much a stage needs of each limit. */
function neededBy({ template, functions }: Package): Readonly<Record<string, number>> {
  const filters = [...template.all(metricFilter).values()].map(({ LogGroupName }) => LogGroupName);
  const raw = readTemplate(template.text);
  const roles = template.all(ofRole);
  const sizes = (isRole: boolean): readonly number[] =>
    Object.entries(Object.groupBy(policiesIn(raw), ({ place }) => place))
      .filter(([id]) => roles.has(id) === isRole && raw.Resources[id]?.Type.startsWith('AWS::IAM::'))
      .map(([, found = []]) =>
        found
          .filter((each) => each.kind === 'identity')
          .reduce((sum, { document }) => sum + JSON.stringify(document).length, 0),
      );
  return {
    'resources of a stack': Object.keys(template.resources).length,
    'bytes of a template in a bucket': Buffer.byteLength(template.text),
    'outputs of a stack': Object.keys(template.outputs).length,
    "characters of a role's own policies": most(sizes(true)),
    'characters of a managed policy': most(sizes(false)),
    'managed policies of a role': most([...roles.values()].map((each) => each.ManagedPolicyArns.length)),
    "bytes of a function's variables": most(
      functions.map(({ environment }) => Buffer.byteLength(JSON.stringify(environment))),
    ),
    'routes of an HTTP API': template.all(route).size,
    'filters of a log group': most(
      Object.values(Object.groupBy(filters, (name) => name)).map((each) => each?.length ?? 0),
    ),
  };
}

/**
 * What docs/scale.md says of the limits of a deployment.
 * @param stages those of its columns
 */
export function describeDeployment(stages: readonly Package[]): void {
  const [, page = ''] = readFileSync(join(projectDir, 'docs/scale.md'), 'utf8').split(
    '## What a deployment takes',
  );
  const pattern = /^\| \[?([^|\]]+?)(?:\]\([^)]*\))? \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm;
  const rows = [...page.matchAll(pattern)].map(
    ([, name = '', limit, ...said]) => [name, { limit: numberOf(limit), said: said.map(numberOf) }] as const,
  );

  test.each([...stages.entries()])(
    'has a row for each, and stage %i needs no more than the page says, and at most a third less',
    (at, pkg) => {
      const needed = neededBy(pkg);
      expect(rows.map(([name]) => name)).toEqual(Object.keys(needed));
      const wrong = rows.filter(([name, { limit, said }]) => {
        const [found, claimed] = [needed[name] ?? Number.NaN, said[at] ?? Number.NaN];
        return !(found <= claimed && claimed <= 1.5 * found + 2 && claimed < limit);
      });
      expect(wrong.map(([name, row]) => [name, row, needed[name]])).toEqual([]);
    },
  );
}
