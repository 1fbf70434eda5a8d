/** The names of the tables that a stage uses. */
export interface TableNames {
  readonly jobs: string;
  readonly access: string;
}

/** Those of the stack's own, as in infra/resources/table.yml and infra/resources/access-table.yml. @param stack its name */
export const ownTables = (stack: string): TableNames => ({
  jobs: `${stack}-jobs`,
  access: `${stack}-access`,
});
