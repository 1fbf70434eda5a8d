import { expect, test } from '@jest/globals';
import { lambdaFunction, role } from './kinds.ts';
import type { Template } from './template.ts';

/** @param parameters those of the stage that are about mail */
export function describeMail(template: Template, parameters: { readonly mailFrom: string }): void {
  test('tells its functions from where, and which table has to where each tenant may: no variable grows with tenants', () => {
    const environments = [...template.all(lambdaFunction).values()]
      .map(({ Environment }) => Environment.Variables)
      .filter(({ MAIL_FROM }) => MAIL_FROM !== undefined);
    expect(environments.length).toBeGreaterThan(0);
    for (const { MAIL_FROM, ACCESS_TABLE_NAME } of environments)
      expect({ mailFrom: MAIL_FROM, ACCESS_TABLE_NAME }).toEqual({
        ...parameters,
        ACCESS_TABLE_NAME: { Ref: 'AccessTable' },
      });
  });

  test('has the right to send from its own address only', () => {
    const statements = [...template.all(role).values()]
      .flatMap(({ Policies }) => Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))
      .filter(({ Action }) => Action.includes('ses:SendEmail'));
    expect(statements.length).toBeGreaterThan(0);
    for (const { Condition } of statements)
      expect(Condition).toEqual({ StringEquals: { 'ses:FromAddress': parameters.mailFrom } });
  });
}
