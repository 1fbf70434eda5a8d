import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { kind, liveArn } from './kinds.ts';
import type { Package } from './packaged.ts';

const ref = z.pipe(
  z.object({ Ref: z.string() }),
  z.transform((value): string => value.Ref),
);
export const alias = kind(
  'AWS::Lambda::Alias',
  z.strictObject({
    Name: z.literal('live'),
    FunctionName: ref,
    FunctionVersion: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Version')]) }),
  }),
);
const version = kind('AWS::Lambda::Version', z.object({ FunctionName: ref, CodeSha256: z.string() }));
const permission = kind(
  'AWS::Lambda::Permission',
  z.object({ FunctionName: liveArn, Principal: z.string() }),
);

export function describeAliases({ template, functions }: Package): void {
  const ids = functions.map(({ id }) => id).sort();

  test('each function has an alias, which names the version of this deployment', () => {
    const aliases = [...template.all(alias).values()];
    expect(aliases.map(({ FunctionName }) => FunctionName).sort()).toEqual(ids);
    for (const { FunctionName, FunctionVersion } of aliases)
      expect(template.one(FunctionVersion['Fn::GetAtt'][0], version)).toMatchObject({ FunctionName });
  });

  // One of a deployment that fails must go, or the same build could not be deployed again.
  test('a version stays when the next one comes, so that a stage can go back to it', () => {
    const versions = [...template.all(version).keys()];
    expect(versions).toHaveLength(functions.length);
    for (const id of versions) expect(template.resources[id]?.DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  // A stage from before the aliases goes over to them in a deployment.
  test('what calls an alias is changed after the alias, and after its permission', () => {
    const aliasOf = new Map([...template.all(alias)].map(([id, { FunctionName }]) => [FunctionName, id]));
    const permissions = [...template.all(permission)].filter(
      ([, { Principal }]) => Principal === 'apigateway.amazonaws.com',
    );
    expect(permissions).toHaveLength(5);
    const needed = (id: string) => [template.resources[id]?.DependsOn ?? []].flat();
    for (const [id, { FunctionName }] of permissions) {
      expect(needed(id)).toEqual([aliasOf.get(FunctionName)]);
      const integration = `HttpApiIntegration${FunctionName.replace('LambdaFunction', '')}`;
      expect(needed(integration)).toEqual([aliasOf.get(FunctionName), id]);
    }
    const mappings = Object.entries(template.resources).filter(
      ([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping',
    );
    for (const [id] of mappings) {
      const of = id.replace(/EventSourceMapping.*/, 'LambdaFunction');
      expect(needed(id)).toContain(aliasOf.get(of));
    }
  });
}
