/** What is built from the contracts when the functions are bundled. */
export const openApiDocument = (): object => ({});
export interface JobTypeDocument {
  readonly type: string;
}
export const jobTypeDocuments = (): readonly JobTypeDocument[] => [];
