import type { ReadonlyDeep } from 'type-fest';
import * as z from 'zod/v4/core';
import type { JobContract } from '../shared/author/contract.ts';
import type { AnyHandler, JobContext, JobHandler, PayloadOf, ResultOf } from '../shared/author/handler.ts';
import { asError, PermanentError } from '../shared/domain/base/errors.ts';

/** The children of one type, as a test has them. Their payloads and results have the types of the contract. */
export interface ChildUnderTest {
  readonly contract: JobContract;
  /** @param index of the child in its batch */
  readonly run: (payload: never, job: JobContext<never>, index: number) => unknown;
  readonly cancel?: AnyHandler['cancel'];
}

/** Whether a contract is that of another copy of its module, as each process has one. */
export const isCopyOf = (one: JobContract, other: JobContract): boolean => textOf(one) === textOf(other);

/** A copy of a function, such as the key of a limit, is another one with the same text. */
function textOf({ payload, result, checkpoint: _, signals: __, ...rest }: JobContract): string {
  const options = { unrepresentable: 'any', io: 'input' } as const;
  const facts = {
    ...rest,
    payload: z.toJSONSchema(payload, options),
    result: z.toJSONSchema(result, options),
  };
  return JSON.stringify(facts, (_key, value: unknown) =>
    typeof value === 'function' ? String(value) : value,
  );
}

/** Children that run: what they do is not checked, since a test of their own type does that. */
export const childHandler = <Contract extends JobContract>(
  contract: Contract,
  handler: NoInfer<JobHandler<Contract>>,
): ChildUnderTest => {
  const { cancel } = handler;
  // The compiler has checked that the handler fits the contract; from here on only their names matter.
  const run = handler as unknown as AnyHandler;
  return { contract, run, ...(cancel ? { cancel: cancel as unknown as AnyHandler['cancel'] } : {}) };
};

/**
 * Children whose results the test says. What it throws fails the child at once.
 * @param resultOf called with the child's payload and its index, at least once. Its result keeps its literal types, so that a
 * choice of texts fits
 */
export const childResult = <
  Contract extends JobContract,
  const Result extends ReadonlyDeep<ResultOf<Contract>>,
>(
  contract: Contract,
  resultOf: (payload: PayloadOf<Contract>, index: number) => Result | Promise<Result>,
): ChildUnderTest => ({
  contract,
  run: async (payload, _job, index) => {
    try {
      return await resultOf(payload, index);
    } catch (thrown) {
      const { name, message } = asError(thrown);
      throw Object.assign(new PermanentError(message), { name });
    }
  },
});
