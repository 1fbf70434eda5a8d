/** The name of a stage's access table, as in infra/access-table.yml. */
export const accessTableName = (service: string, stage: string): string => `${service}-${stage}-access`;
