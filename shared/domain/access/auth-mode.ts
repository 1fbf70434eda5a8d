/** Callers of such a stage may show an API key or a token, which a function of ours verifies. */
export const twoDoors = 'apiKey,jwt' as const;
/**
 * How a stage knows its callers: by API keys, by tokens, by either, by the signatures that its HTTP API checks, or not
 * at all. `none` is for the stage `local` only.
 */
export const authModes = ['apiKey', 'jwt', twoDoors, 'iam', 'none'] as const;
export type AuthMode = (typeof authModes)[number];
export const takesTokens = (mode: unknown): boolean => mode === 'jwt' || mode === twoDoors;
export const localStage = 'local';
