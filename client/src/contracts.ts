import { InvalidRequestError, type Violation } from './errors.ts';

/**
 * What the client needs of a schema: Standard Schema, which zod and others implement. So it can check a payload, and
 * infer types, without a library.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly validate: (value: unknown) => Validated | Promise<Validated>;
  };
}

interface Validated {
  readonly issues?: readonly Issue[] | undefined;
}

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a job type promises, as far as the client looks. */
export interface Contract {
  readonly payload: Schema;
  readonly result: Schema;
}

/** By the type's name. Without contracts, every name is a type, and all is unknown. */
export type Contracts = Readonly<Record<string, Contract>>;

export type TypeName<Known extends Contracts> = keyof Known & string;

/** What is submitted: before the schema's defaults and transformations. */
export type PayloadOf<Known extends Contracts, Type extends TypeName<Known>> = NonNullable<
  Known[Type]['payload']['~standard']['types']
>['input'];

export type ResultOf<Known extends Contracts, Type extends TypeName<Known>> = NonNullable<
  Known[Type]['result']['~standard']['types']
>['output'];

/**
 * Checks a payload before it is sent. A type that is not among the contracts is left to the API.
 * @throws InvalidRequestError with everything that is wrong with it, as the API would answer
 */
export async function checkPayload(
  contracts: Contracts | undefined,
  type: string,
  payload: unknown,
): Promise<void> {
  if (!contracts || !Object.hasOwn(contracts, type)) return;
  const validated = await contracts[type]?.payload['~standard'].validate(payload);
  if (!validated?.issues) return;
  throw new InvalidRequestError({
    type: '/problems/invalid-request',
    title: 'The request is not valid',
    status: 400,
    detail: `The payload does not fit the contract of ${type}.`,
    errors: validated.issues.map(violationOf),
  });
}

const violationOf = ({ message, path = [] }: Issue): Violation => ({
  pointer: ['/payload', ...path.map((part) => escapePart(typeof part === 'object' ? part.key : part))].join(
    '/',
  ),
  detail: message,
});

/** RFC 6901, section 3. */
const escapePart = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');
