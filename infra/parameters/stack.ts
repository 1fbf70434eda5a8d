import { oneOf, orNothing, type Parameters } from './parameter.ts';
import { maxTags, readTags } from './tags.ts';

const tableName = /^[\w.-]{3,255}$/;

/** What protects the data of a stage, and what its stack is made with. */
export const stackParameters: Parameters = {
  tableDeletionPolicy: {
    ...oneOf('Retain', 'Delete'),
    says: 'of the tables, of the queues and of the bucket; with `Retain` the stage is [protected](deploy.md#a-protected-stage)',
  },
  jobTable: {
    ...orNothing(tableName, 'the name of a table of jobs that `npm run stage -- restore` has made'),
    default: '',
    says: "[a restored table](runbook.md#restore-a-table), which the stage uses instead of the stack's own; its name begins with that of the stack",
  },
  accessTable: {
    ...orNothing(tableName, 'the name of an access table that `npm run stage -- restore` has made'),
    default: '',
    says: 'the same for keys and the root secret',
  },
  operatorRole: {
    ...orNothing(
      /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      'the ARN of a role, such as arn:aws:iam::123456789012:role/operators',
    ),
    default: '',
    says: 'nobody else may purge a queue',
  },
  tags: {
    accepts: (value) => readTags(value) !== undefined,
    use: `a comma list of KEY=VALUE, such as team=shop,cost-center=7, each key once and none of AWS's own (aws:...), at most ${maxTags}; or nothing`,
    default: '',
    says: 'of everything in the stack',
  },
  permissionsBoundary: {
    ...orNothing(
      /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
      'the ARN of a policy, such as arn:aws:iam::123456789012:policy/boundary',
    ),
    default: '',
    says: 'of all roles in the stack',
  },
};
