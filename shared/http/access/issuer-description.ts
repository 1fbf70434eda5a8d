import * as z from 'zod/mini';

/** What an issuer of tokens says of itself: OpenID Connect Discovery 1.0, section 4. */
export const issuerDescription = z.object({ issuer: z.string(), jwks_uri: z.string() });

export const descriptionUrlOf = (issuer: string): string =>
  `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
