import { expect, test } from '@jest/globals';
import { sendMail } from './expected-privileges.ts';
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

  // Without an address, a stage has no right: privileges.suite.ts.
  test('has the right to send from its own address only, in what sends', () => {
    const roles = [...template.all(role)].flatMap(([id, { Policies }]) => {
      const all = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      const sending = all.filter(({ Action }) => Action.some((name) => name.startsWith('ses:')));
      return sending.length === 0 ? [] : [[id, sending] as const];
    });
    const names = ['LongWorkerIamRoleLambdaExecution', 'NotifyIamRoleLambdaExecution', 'ServersTaskRole'];
    expect(roles.map(([id]) => id).sort()).toEqual(names);
    for (const [, statements] of roles) {
      const rights = statements.flatMap(({ Action, Resource }) => Resource.map((each) => [each, Action]));
      expect(Object.fromEntries(rights)).toEqual(sendMail);
      const conditions = statements.flatMap(({ Condition }) => Condition ?? []);
      expect(conditions).toEqual([{ StringEquals: { 'ses:FromAddress': parameters.mailFrom } }]);
    }
  });
}
