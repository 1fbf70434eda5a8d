import { accountId, region, stackId } from './local-account.ts';
import { LocalAwsError } from './local-aws-error.ts';

/** What the intrinsic functions of CloudFormation give for a resource. */
export interface Described {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A property's value with everything in it that refers to a resource replaced by what it is on this machine. */
export type Resolve = (value: unknown) => unknown;

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': accountId,
  'AWS::Region': region,
  'AWS::StackId': stackId,
};

/** Knows `Ref` and `Fn::GetAtt`; @throws LocalAwsError for any other, and for what is not in `described` */
export function resolver(described: ReadonlyMap<string, Described>): Resolve {
  const ref = (id: unknown): string | undefined =>
    typeof id === 'string' ? (pseudoParameters[id] ?? described.get(id)?.ref) : undefined;

  const attribute = (path: unknown): string | undefined => {
    const [id = '', name = ''] = Array.isArray(path) ? path.map(String) : String(path).split('.');
    return described.get(id)?.attributes[name];
  };

  const intrinsic = (name: string, argument: unknown): string => {
    const found = name === 'Ref' ? ref(argument) : name === 'Fn::GetAtt' ? attribute(argument) : undefined;
    if (found !== undefined) return found;
    throw new LocalAwsError(`local/resolve.ts cannot tell what ${name} ${JSON.stringify(argument)} is here.`);
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
