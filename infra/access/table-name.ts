/** The name of a stage's access table, as in infra/access-table.yml. */
export const accessTableName = (service: string, stage: string): string => `${service}-${stage}-access`;

/** The name of a stage's table of jobs, as in infra/table.yml. */
export const jobTableName = (service: string, stage: string): string => `${service}-${stage}-jobs`;
