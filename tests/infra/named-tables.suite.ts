import { expect, test } from '@jest/globals';
import { lambdaFunction, role } from './kinds.ts';
import type { Template } from './template.ts';

/** Of the stage whose template is looked at here. */
export const namedTables = {
  jobTable: 'job-worker-preview-jobs-20261125T1015',
  accessTable: 'job-worker-preview-access-20261125T1015',
};

/** @param template of a stage that uses other tables than its own */
export function describeNamedTables(template: Template): void {
  test('nothing in it refers to the tables of the stack, and these stay', () => {
    expect(template.references).not.toContain('JobTable');
    expect(template.references).not.toContain('AccessTable');
    expect(Object.keys(template.resources)).toEqual(expect.arrayContaining(['JobTable', 'AccessTable']));
  });

  test('functions and tasks have their names', () => {
    const variables = [...template.all(lambdaFunction).values()].map(
      ({ Environment }) => Environment.Variables,
    );
    const values = (name: string) => new Set(variables.flatMap((each) => each[name] ?? []));
    expect(values('TABLE_NAME')).toEqual(new Set([namedTables.jobTable]));
    expect(values('ACCESS_TABLE_NAME')).toEqual(new Set([namedTables.accessTable]));
    const task = JSON.stringify(template.resources.ServersTask);
    expect(task).toContain(`{"Name":"TABLE_NAME","Value":"${namedTables.jobTable}"}`);
  });

  test('the rights are those to these tables and to their indexes', () => {
    const resources = [...template.all(role).values()]
      .flatMap(({ Policies }) => Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))
      .filter(({ Action }) => Action.some((each) => each.startsWith('dynamodb:')))
      .flatMap(({ Resource }) => Resource);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation replaces them
    const arn = 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/';
    const indexes = ['list', 'failed', 'due', 'group'].map((name) => `${namedTables.jobTable}/index/${name}`);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
    const others = ['EndpointTable', '${EndpointTable.Arn}/index/tried'];
    const all = [namedTables.jobTable, namedTables.accessTable, ...indexes].map((name) => `${arn}${name}`);
    expect([...new Set(resources)].sort()).toEqual([...all, ...others].sort());
  });

  test('servers elsewhere and commands find them by outputs', () => {
    expect(template.outputs).toMatchObject({
      TableName: { Value: namedTables.jobTable },
      AccessTableName: { Value: namedTables.accessTable },
    });
  });
}
