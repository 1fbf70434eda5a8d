import { accountId, LocalAwsError, region, stackName } from './local-aws.ts';

/** What the intrinsic functions of CloudFormation return for a resource. */
export interface Described {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Returns a property's value, with every reference to a resource replaced by its local name, URL or ARN. */
export type Resolve = (value: unknown) => unknown;

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': accountId,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::StackName': stackName,
};

/**
 * Supports `Ref`, `Fn::GetAtt`, and `Fn::Sub` with a text alone.
 * @throws LocalAwsError for any other function, and for a resource that is not in `described`
 */
export function resolver(described: ReadonlyMap<string, Described>): Resolve {
  const ref = (id: unknown): string | undefined =>
    typeof id === 'string' ? (pseudoParameters[id] ?? described.get(id)?.ref) : undefined;

  const attribute = (path: unknown): string | undefined => {
    const [id = '', name = ''] = Array.isArray(path) ? path.map(String) : String(path).split('.');
    return described.get(id)?.attributes[name];
  };

  const substituted = (text: unknown): string | undefined =>
    typeof text === 'string'
      ? text.replaceAll(/\$\{([\w:.]+)\}/g, (_, name: string) =>
          name.includes('.') ? intrinsic('Fn::GetAtt', name) : intrinsic('Ref', name),
        )
      : undefined;

  const intrinsics: Readonly<Record<string, (argument: unknown) => string | undefined>> = {
    Ref: ref,
    'Fn::GetAtt': attribute,
    'Fn::Sub': substituted,
  };

  const intrinsic = (name: string, argument: unknown): string => {
    const found = intrinsics[name]?.(argument);
    if (found !== undefined) return found;
    throw new LocalAwsError(
      `local/resolve-references.ts cannot resolve ${name} ${JSON.stringify(argument)}.`,
    );
  };

  const resolve: Resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name = '', argument] = entries.length === 1 ? (entries[0] ?? []) : [];
    if (name === 'Ref' || name.startsWith('Fn::')) return intrinsic(name, argument);
    return Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
  };
  return resolve;
}
