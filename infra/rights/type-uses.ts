import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContractQueue, Contracts } from '../../shared/author/contract.ts';
import type { ParameterUse, Right, SecretUse, TypeUses, VariableUse } from '../../shared/author/uses.ts';
import type { Rule, StageParameters } from '../parameters/parameter.ts';
import { allow, inAccount, type Statement, sub } from '../template/template-values.ts';
import type { Environment } from '../template/worker-outputs.ts';

/** What a job type needs of the stage. */
export interface UsesOfType {
  readonly type: string;
  readonly queue: ContractQueue;
  /** `job-types/X/uses.ts` */
  readonly place: string;
  readonly uses: TypeUses;
}

/** What a function, or a worker server, has because of what it uses. */
export interface Derived {
  readonly environment: Environment;
  readonly rights: readonly Statement[];
}

interface Types {
  readonly serviceDir: string;
  readonly contracts: Contracts;
  /** Where types have their folders, such as `job-types`. */
  readonly folders: readonly string[];
}

/** Reads the `uses.ts` of each type that has one. */
export async function readTypeUses({
  serviceDir,
  contracts,
  folders,
}: Types): Promise<readonly UsesOfType[]> {
  const found = Object.entries(contracts).map(async ([type, { queue }]) => {
    const places = folders.map((folder) => `${folder}/${type}/uses.ts`);
    const place = places.find((path) => existsSync(join(serviceDir, path)));
    if (place === undefined) return [];
    const { uses }: { readonly uses: TypeUses } = await import(pathToFileURL(join(serviceDir, place)).href);
    return [{ type, queue, place, uses }];
  });
  return (await Promise.all(found)).flat();
}

export const parametersIn = ({ variables }: TypeUses): readonly ParameterUse[] =>
  Object.values(variables).filter((each) => each.kind === 'parameter');

/** A parameter of a type that nobody sets is empty. */
export const defaultsOf = (types: readonly UsesOfType[]): StageParameters =>
  Object.fromEntries(types.flatMap(({ uses }) => parametersIn(uses).map(({ name }) => [name, ''])));

/** What the parameters of types must be. */
export const rulesOf = (types: readonly UsesOfType[]): Readonly<Record<string, Rule>> =>
  Object.fromEntries(
    types.flatMap(({ uses }) => parametersIn(uses).map((each) => [each.name, ruleOf(each)] as const)),
  );

const ruleOf = ({ pattern, use = `a value that ${pattern} matches` }: ParameterUse): Rule => ({
  accepts: (value) => value === '' || pattern === undefined || pattern.test(value),
  use: `${use}; or nothing`,
});

const textOf = (value: unknown): string => String(value ?? '');

/** What a type lacks on this stage: with all of it, or none, the stage is as it should be. */
export function problemsOfTypes(
  types: readonly UsesOfType[],
  parameters: StageParameters,
): readonly string[] {
  return types.flatMap(({ uses }) => {
    const names = parametersIn(uses).flatMap(({ name, optional }) => (optional ? [] : [name]));
    const missing = names.filter((name) => textOf(parameters[name]) === '');
    if (missing.length === 0 || missing.length === names.length) return [];
    return [`${missing.join(' and ')} is empty. Set ${names.join(' and ')}, or none of them.`];
  });
}

interface Stage {
  readonly stage: string;
  readonly parameters: StageParameters;
  /** Of `npm start`: where it has the values of secrets, by variable. */
  readonly localSecrets?: Readonly<Record<string, string | undefined>>;
}

/** The variables of secrets that have no value on this machine. */
export const secretsWithoutValue = (
  types: readonly UsesOfType[],
  localSecrets: Readonly<Record<string, string | undefined>>,
): readonly string[] => [
  ...new Set(
    types.flatMap(({ uses: { variables } }) =>
      Object.keys(variables).filter(
        (name) => variables[name]?.kind === 'secret' && localSecrets[name] === undefined,
      ),
    ),
  ),
];

/** The variables and the rights that these types add to a worker. */
export function derivedFromTypes(types: readonly UsesOfType[], stage: Stage): Derived {
  const environment: Environment = Object.fromEntries(
    types.flatMap(({ uses }) =>
      Object.entries(uses.variables).flatMap(([name, use]) => {
        const value = textFor(name, use, stage);
        return value === undefined ? [] : [[name, value] as const];
      }),
    ),
  );
  return { environment, rights: types.flatMap((type) => rightsOfType(type, stage)) };
}

/** @returns nothing for what each worker has anyway */
function textFor(
  name: string,
  use: VariableUse,
  { stage, parameters, localSecrets }: Stage,
): string | undefined {
  switch (use.kind) {
    case 'bucket':
      return undefined;
    case 'parameter':
      return textOf(parameters[use.name]);
    case 'secret': {
      if (localSecrets === undefined) return `${use.service}:${nameOn(stage, use)}`;
      const text = localSecrets[name];
      return text === undefined ? '' : `text:${text}`;
    }
  }
}

const nameOn = (stage: string, { name }: SecretUse): string => name.replaceAll('{stage}', stage);

/** IAM refuses a policy with an empty resource, so only what a stage has set up. */
function rightsOfType({ uses }: UsesOfType, { stage, parameters }: Stage): readonly Statement[] {
  if (problemsOfSetUp(uses, parameters)) return [];
  const values = Object.entries(uses.variables).flatMap(([variable, use]) =>
    use.kind === 'parameter' ? [[variable, textOf(parameters[use.name])] as const] : [],
  );
  const secrets = Object.values(uses.variables).filter((use) => use.kind === 'secret');
  return [
    ...(uses.rights?.(Object.fromEntries(values)) ?? []).map(statementOf),
    ...secrets.map((use) => readSecret(use, nameOn(stage, use))),
  ];
}

const problemsOfSetUp = (uses: TypeUses, parameters: StageParameters): boolean =>
  parametersIn(uses).some(({ name, optional }) => !optional && textOf(parameters[name]) === '');

const statementOf = ({ actions, resources, condition }: Right): Statement => ({
  ...allow(
    actions,
    resources.map((resource) => (resource.includes('${') ? sub(resource) : resource)),
  ),
  ...(condition === undefined ? {} : { Condition: condition }),
});

/**
 * Secrets Manager adds six characters to the name. The key of AWS, with which both encrypt by default, needs no right.
 */
export const readSecret = ({ service }: Pick<SecretUse, 'service'>, name: string): Statement =>
  service === 'ssm'
    ? allow(['ssm:GetParameter'], [inAccount('ssm', `parameter/${name.replace(/^\//, '')}`)])
    : allow(['secretsmanager:GetSecretValue'], [inAccount('secretsmanager', `secret:${name}-??????`)]);
