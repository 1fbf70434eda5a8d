import type * as z from 'zod/mini';
import { ConfigError } from '../domain/base/errors.ts';

/**
 * What a function may touch, as its bundle sees it: the variables that say where that is. infra/capabilities.ts has the
 * other half, for packaging: what CloudFormation puts into these variables, and the rights.
 */
export interface Capability<Name extends string = string, Schema extends z.ZodMiniObject = z.ZodMiniObject> {
  /** That of the constant: the other half is found by it. */
  readonly name: Name;
  readonly schema: () => Schema;
}

declare const grants: unique symbol;

/** The variables of a capability, with the proof that a function has it: adapters ask for that. */
export type Granted<C extends Capability> = z.infer<ReturnType<C['schema']>> & {
  readonly [grants]: Readonly<Record<C['name'], true>>;
};

/** A list of capabilities, by name: a module that exports them, as functions/X/uses.ts does. */
export type Uses = Readonly<Record<string, Capability>>;

type ArgumentOf<C> = C extends Capability ? (granted: Granted<C>) => void : never;
/** The variables of all these capabilities. */
export type EnvironmentOf<U extends Uses> =
  ArgumentOf<U[keyof U]> extends (granted: infer All) => void ? All : never;

/**
 * Reads what a function uses from its environment.
 * @throws ConfigError that names every key that is missing or unusable, all at once. It shows no values
 */
export function readEnvironment<U extends Uses>(
  uses: U,
  environment: Readonly<Record<string, string | undefined>>,
): EnvironmentOf<U> {
  const parsed = Object.values(uses).map(({ schema }) => schema().safeParse(environment));
  const issues = parsed.flatMap(({ error }) => error?.issues ?? []);
  const problems = issues.map(({ path, message }) => {
    const key = path.join('.');
    return environment[key] === undefined ? `${key} is missing` : `${key}: ${message}`;
  });
  if (problems.length > 0)
    throw new ConfigError(`The environment is not usable: ${[...new Set(problems)].join('; ')}`);
  return Object.assign({}, ...parsed.map(({ data }) => data));
}

/** The names of all variables of these capabilities. */
export const variablesOf = (uses: Uses): readonly string[] => [
  ...new Set(Object.values(uses).flatMap(({ schema }) => Object.keys(schema().shape))),
];
