import type * as z from 'zod/mini';
import { ConfigError } from '../../domain/base/errors.ts';

/**
 * What a function may touch, as its bundle sees it: the variables that say where that is. infra/rights/rights-of-capabilities.ts has the
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

/** The names of the capabilities that these variables prove. */
export type NamesGranted<Env> = Env extends { readonly [grants]: infer Names } ? keyof Names : never;

/** A list of capabilities, by name: a module that exports them, as functions/X/uses.ts does. */
export type Uses = Readonly<Record<string, Capability>>;

type Environment = Readonly<Record<string, string | undefined>>;

type ArgumentOf<C> = C extends Capability ? (granted: Granted<C>) => void : never;
/** The variables of all these capabilities. */
export type EnvironmentOf<U extends Uses> =
  ArgumentOf<U[keyof U]> extends (granted: infer All) => void ? All : never;

/**
 * The one variable that says where the queues of a stage are: the names of all begin as that of the standard queue
 * does, and SQS names each by its URL. A variable for each would take a quarter of what Lambda has room for.
 */
const queueVariable = 'STANDARD_QUEUE_URL';
/** Two end with what makes them FIFO queues. */
const queueNames: Readonly<Record<string, string>> = {
  ordered: 'ordered.fifo',
  'ordered-dead-letter': 'dead-letter.fifo',
};
const queueUrl = /^(\w+)_QUEUE_URL$/;

/** The variable that a key is read from. */
const variableOf = (key: string): string => (queueUrl.test(key) ? queueVariable : key);

/** @returns for the URL of a queue, that of the standard queue with another name at its end */
function valueIn(key: string, environment: Environment): string | undefined {
  const [, queue] = queueUrl.exec(key) ?? [];
  if (queue === undefined) return environment[key];
  const [, prefix] = /^(.+)standard$/.exec(environment[queueVariable] ?? '') ?? [];
  const name = queue.toLowerCase().replaceAll('_', '-');
  return prefix && prefix + (queueNames[name] ?? name);
}

/**
 * Reads what a function uses from its environment.
 * @throws ConfigError that names every key that is missing or unusable, all at once. It shows no values
 */
export function readEnvironment<U extends Uses>(uses: U, environment: Environment): EnvironmentOf<U> {
  const parsed = Object.values(uses).map(({ schema: schemaOf }) => {
    const schema = schemaOf();
    const keys = Object.keys(schema.shape);
    return schema.safeParse(Object.fromEntries(keys.map((key) => [key, valueIn(key, environment)])));
  });
  const issues = parsed.flatMap(({ error }) => error?.issues ?? []);
  const problems = issues.map(({ path, message }) => {
    const name = variableOf(path.join('.'));
    return environment[name] === undefined ? `${name} is missing` : `${name}: ${message}`;
  });
  if (problems.length > 0)
    throw new ConfigError(`The environment is not usable: ${[...new Set(problems)].join('; ')}`);
  return Object.assign({}, ...parsed.map(({ data }) => data));
}

/** The names of all that these capabilities have. */
export const keysOf = (uses: Uses): readonly string[] => [
  ...new Set(Object.values(uses).flatMap(({ schema }) => Object.keys(schema().shape))),
];

/** The names of all variables of these capabilities. */
export const variablesOf = (uses: Uses): readonly string[] => [...new Set(keysOf(uses).map(variableOf))];
