import { stackNameOf } from '../../shared/aws/observe/stack.ts';
import { ownTables, type TableNames } from '../access/table-name.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { arnOf, inAccount, ref, sub } from './template-values.ts';

/** A table as the functions and servers of a stage use it. */
interface StageTable {
  readonly name: unknown;
  readonly arn: unknown;
  readonly index: (name: string) => unknown;
}

const textOf = (value: unknown): string => String(value ?? '');

/** @param given a table beside the stack, such as a restored one. Empty: that of the stack */
function tableOf(id: string, given: string): StageTable {
  if (given === '')
    return { name: ref(id), arn: arnOf(id), index: (name) => sub(`\${${id}.Arn}/index/${name}`) };
  const resource = `table/${given}`;
  return {
    name: given,
    arn: inAccount('dynamodb', resource),
    index: (name) => inAccount('dynamodb', `${resource}/index/${name}`),
  };
}

/** Where the jobs of the stage are: docs/adr/0121-a-restore-beside.md. */
export const jobTableOf = ({ jobTable }: StageParameters): StageTable =>
  tableOf('JobTable', textOf(jobTable));
/** Where the keys and the root secret of the stage are. */
export const accessTableOf = ({ accessTable }: StageParameters): StageTable =>
  tableOf('AccessTable', textOf(accessTable));

/** What a deployment with these parameters uses. @param stack the name of its stack */
export const tableNamesOf = (stack: string, { jobTable, accessTable }: StageParameters): TableNames => ({
  jobs: textOf(jobTable) || ownTables(stack).jobs,
  access: textOf(accessTable) || ownTables(stack).access,
});

/** The outputs of the stack by which commands find the tables that are not the stack's. */
export const tableOutputsOf = ({ jobTable, accessTable }: StageParameters) => ({
  ...outputOf('TableName', 'The table of jobs, which is not of this stack', jobTable),
  ...outputOf('AccessTableName', 'The access table, which is not of this stack', accessTable),
});

const outputOf = (name: string, Description: string, given: unknown) =>
  textOf(given) === '' ? {} : { [name]: { Description, Value: textOf(given) } };

/** Two stages on one table would take each other's jobs: the name of such a table has that of the stage. */
export const problemsOfTables = (
  stage: string,
  { jobTable, accessTable }: StageParameters,
): readonly string[] =>
  Object.entries({ jobTable, accessTable }).flatMap(([name, given]) => {
    const prefix = `${stackNameOf(stage)}-`;
    if (textOf(given) === '' || textOf(given).startsWith(prefix)) return [];
    return [`${name} is ${given}, whose name does not begin with ${prefix}: no two stages share a table.`];
  });
