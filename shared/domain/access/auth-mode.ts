/**
 * How a stage knows its callers: by API keys, by the tokens or the signatures that its HTTP API checks, or not at all.
 * `none` is for the stage `local` only.
 */
export const authModes = ['apiKey', 'jwt', 'iam', 'none'] as const;
export type AuthMode = (typeof authModes)[number];
export const localStage = 'local';
