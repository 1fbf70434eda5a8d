/** A right, as IAM has it. */
export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** As a text, or as CloudFormation is to put it together. */
export type Origin = string | Readonly<Record<`Fn::${string}`, unknown>>;

/** How CloudFormation writes a reference to a resource of the stack. */
export const ref = (id: string) => ({ Ref: id });
/** The ARN of a resource of the stack. */
export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
/** A text in which CloudFormation replaces names. */
export const sub = (text: string) => ({ 'Fn::Sub': text });
/** The ARN of something in the account and region of the stack. */
export const inAccount = (service: string, resource: string) =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);

export const allow = (Action: readonly string[], Resource: unknown): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

/** A service may be handed this role, and no other service. */
export const passRole = (role: unknown, service: string): Statement => ({
  ...allow(['iam:PassRole'], role),
  Condition: { StringEquals: { 'iam:PassedToService': service } },
});
