/**
 * What a job type needs of the stage: `job-types/X/uses.ts`. Packaging reads it, and gives it to the workers that run
 * the type.
 */

/** A parameter of the stage. A stage that does not set it has `''`, and then the type is not set up there. */
export interface ParameterUse {
  readonly kind: 'parameter';
  readonly name: string;
  /** What a value must look like, if there is one. Default: anything. */
  readonly pattern?: RegExp;
  /** How to say that: `Use the ARN of a role, or nothing.` */
  readonly use?: string;
  /** The type is set up without it, too. */
  readonly optional?: true;
}

/** A secret of AWS. The stage has its name alone, and the adapter reads it when it needs it. */
export interface SecretUse {
  readonly kind: 'secret';
  readonly service: 'secretsmanager' | 'ssm';
  /** `{stage}` in it is replaced by the name of the stage. */
  readonly name: string;
}

/** The bucket of the stage. */
interface BucketUse {
  readonly kind: 'bucket';
}

export type VariableUse = ParameterUse | SecretUse | BucketUse;
type Variables = Readonly<Record<string, VariableUse>>;

/** A right, as IAM has it. A resource may have CloudFormation's names in it: see `arnInAccount`. */
export interface Right {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why `*` is among the resources, where IAM knows some for the action and wants none. */
  readonly whyEverything?: string;
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The values of the parameters, by variable. */
type ParametersOf<V extends Variables> = {
  readonly [Key in keyof V as V[Key] extends ParameterUse ? Key : never]: string;
};

export interface TypeUses<V extends Variables = Variables> {
  /** The variables of the worker's environment: their names, and what is in them. */
  readonly variables: V;
  /** For the engine's own types: what else of the engine's. */
  readonly capabilities?: Readonly<Record<string, { readonly name: string }>>;
  /** What the worker may do for the type, in a stage that has set all its parameters. */
  rights?(parameters: ParametersOf<V>): readonly Right[];
}

/** What a type needs of the stage, with the types that `settingsOf` gives to its adapter. */
export const defineUses = <const V extends Variables>(uses: TypeUses<V>): TypeUses<V> => uses;

/**
 * A parameter of the stage, set by `--param name=value` or in a stage's line in serverless.yml.
 * @param rule what a value must look like, and how to say so; `optional` if the type does without it, too
 */
export const parameter = (name: string, rule: Omit<ParameterUse, 'kind' | 'name'> = {}): ParameterUse => ({
  kind: 'parameter',
  name,
  ...rule,
});

/** A secret of Secrets Manager. The right to read it comes along. @param name such as `shop/{stage}/db` */
export const secret = (name: string): SecretUse => ({ kind: 'secret', service: 'secretsmanager', name });

/** A SecureString of SSM Parameter Store. The right to read it comes along. @param name such as `/shop/{stage}/db` */
export const secureString = (name: string): SecretUse => ({ kind: 'secret', service: 'ssm', name });

/** The name of the stage's bucket. A type reads and writes its own objects there by `job.object` and `job.output`. */
export const stageBucket: BucketUse = { kind: 'bucket' };

/** The ARN of something in the account and region of the stage. @param resource such as `table/orders` */
export const arnInAccount = (service: string, resource: string): string =>
  `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
