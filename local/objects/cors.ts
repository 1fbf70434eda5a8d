import * as z from 'zod/mini';

const texts = z._default(z.array(z.string()), []);

/** The `CorsConfiguration` of an `AWS::S3::Bucket`. */
export const corsConfiguration = z.object({
  CorsRules: z.array(
    z.object({
      AllowedOrigins: z.array(z.string()),
      AllowedMethods: z.array(z.string()),
      AllowedHeaders: texts,
      ExposedHeaders: texts,
      MaxAge: z.optional(z.coerce.number()),
    }),
  ),
});
export type CorsRules = z.infer<typeof corsConfiguration>['CorsRules'];

interface CorsRequest {
  readonly origin: string;
  readonly method: string;
  /** What a preflight asks for. */
  readonly headers?: readonly string[];
}

/**
 * The headers that let a page of another origin read the answer.
 * @returns undefined if no rule allows the request
 */
export function corsHeaders(
  rules: CorsRules,
  { origin, method, headers = [] }: CorsRequest,
): Readonly<Record<string, string>> | undefined {
  const rule = rules.find(
    ({ AllowedOrigins, AllowedMethods, AllowedHeaders }) =>
      has(AllowedOrigins, origin) &&
      AllowedMethods.includes(method) &&
      headers.every((name) => has(AllowedHeaders, name)),
  );
  if (rule === undefined) return undefined;
  const isForAll = rule.AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': isForAll ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(headers.length > 0 ? { 'access-control-allow-headers': headers.join(', ') } : {}),
    ...(rule.ExposedHeaders.length > 0
      ? { 'access-control-expose-headers': rule.ExposedHeaders.join(', ') }
      : {}),
    ...(rule.MaxAge === undefined ? {} : { 'access-control-max-age': String(rule.MaxAge) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

const has = (allowed: readonly string[], wanted: string): boolean =>
  allowed.some((each) => each === '*' || each.toLowerCase() === wanted.toLowerCase());
