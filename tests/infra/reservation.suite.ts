import { expect, test } from '@jest/globals';
import { lambdaFunction } from './kinds.ts';
import type { Template } from './template.ts';

export const reservation = { waitReserved: '30', waitSeconds: '20' };

/** @param reserving a stage with these parameters @param other one without */
export function describeReservation(reserving: Template, other: Template): void {
  const reservedIn = (template: Template) =>
    [...template.all(lambdaFunction).values()].flatMap(
      ({ FunctionName, ReservedConcurrentExecutions: reserved }) =>
        reserved === undefined ? [] : [[FunctionName.split('-').at(-1), reserved]],
    );

  test('is that of one function, and of none unless a stage asks for it', () => {
    expect(reservedIn(reserving)).toEqual([['wait', 30]]);
    expect(reservedIn(other)).toEqual([]);
  });

  test('comes with the time that a request may wait, of the functions that wait', () => {
    const found = [...reserving.all(lambdaFunction).values()].flatMap(({ FunctionName, Environment }) => {
      const { WAIT_SECONDS } = Environment.Variables;
      return WAIT_SECONDS === undefined ? [] : [[FunctionName.split('-').at(-1), WAIT_SECONDS]];
    });
    expect(Object.fromEntries(found)).toEqual({ submit: '20', wait: '20' });
  });
}
