import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';

/*
 * More job types than a role's own policies and a function's variables have room for. Each has a table, a secret and a setting of its
 * own, as types of teams have, and its result is the setting that it was given.
 */

const numbers = Array.from({ length: 60 }, (_, index) => String(index + 1).padStart(2, '0'));

/** The settings of the types, as parameters of the stage: of 27 characters each. */
export const manySettings: Readonly<Record<string, string>> = Object.fromEntries(
  numbers.map((number) => [`branch${number}Place`, `https://shop${number}.example.com/`]),
);
export const manyTypes: readonly string[] = numbers.map((number) => `order-import-${number}`);
/** What a job of each type answers with. */
export const manyResult = z.object({ place: z.string() });

/** What the role of a worker may do because of these types: an action and the end of the resource. */
export const manyRights: readonly (readonly [action: string, resource: string])[] = numbers.flatMap(
  (number) => [
    ['dynamodb:PutItem', `:table/shop-orders-of-branch-${number}`] as const,
    ['secretsmanager:GetSecretValue', `:secret:shop/prod/branch-${number}-??????`] as const,
  ],
);

const contract = (number: string): string => `import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/index.ts';

export const orderImport${number} = defineJob({
  needs: ['branch${number}Place'],
  payload: z.strictObject({}),
  result: z.strictObject({ place: z.string() }),
  timeoutSeconds: 30,
  maxAttempts: 1,
});
`;

const handler = (
  number: string,
): string => `import { type JobHandler, settingsOf } from '../../../shared/author/index.ts';
import type { orderImport${number} as contract } from './contract.ts';
import { uses } from './uses.ts';

const { BRANCH_${number}_PLACE: place } = settingsOf(uses);
export const orderImport${number}: JobHandler<typeof contract> = async () => ({ place });
`;

const uses = (
  number: string,
): string => `import { arnInAccount, defineUses, parameter, secret } from '../../../shared/author/index.ts';

export const uses = defineUses({
  variables: { BRANCH_${number}_PLACE: parameter('branch${number}Place'), BRANCH_${number}_KEY: secret('shop/{stage}/branch-${number}') },
  rights: () => [
    {
      actions: ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [arnInAccount('dynamodb', 'table/shop-orders-of-branch-${number}')],
    },
  ],
});
`;

/** Adds the types to the catalog of tests in a copy of the project. */
export async function addManyTypes(project: string): Promise<void> {
  const types = join(project, 'tests/job-types');
  for (const number of numbers)
    for (const [name, text] of Object.entries({ contract, handler, uses })) {
      const path = join(types, `order-import-${number}`, `${name}.ts`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text(number));
    }
  await addTo(join(types, 'contracts.ts'), {
    from: './order-import-NN/contract.ts',
    begin: 'export const contracts = {\n',
  });
  await addTo(join(types, 'handlers/standard.ts'), {
    from: '../order-import-NN/handler.ts',
    begin: "'standard'> = {\n",
  });
}

async function addTo(path: string, { from, begin }: { readonly from: string; readonly begin: string }) {
  const before = await readFile(path, 'utf8');
  if (!before.includes(begin)) throw new Error(`${path} has no ${begin}`);
  const imports = numbers.map(
    (number) => `import { orderImport${number} } from '${from.replace('NN', number)}';\n`,
  );
  const lines = numbers.map((number) => `  'order-import-${number}': orderImport${number},\n`);
  await writeFile(path, imports.join('') + before.replace(begin, begin + lines.join('')));
}
