import { authModes, takesTokens } from '../../shared/domain/access/auth-mode.ts';
import { maxWaitSeconds } from '../../shared/http/requests/wait-request.ts';
import { isHttps, listOf, oneOf, type Parameters, type StageParameters, whole } from './parameter.ts';

/** An issuer on this machine, for `npm start`. */
export const isLoopback = (value: string): boolean =>
  /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/.test(value);
/** As a browser would write it, so that it can stand in headers and in pages as it is. */
const isPublicUrl = (value: string): boolean =>
  /^https:\/\/[^/?#@]+(\/[\w.~-]+)*$/.test(value) &&
  URL.canParse(value) &&
  new URL(value).href.replace(/\/$/, '') === value;
const isOrigin = (value: string): boolean =>
  value === '*' || (URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value);

/** Who may call the API, from where, and how much. */
export const callerParameters: Parameters = {
  auth: {
    ...oneOf(...authModes),
    says: 'who may call the API: [keys, tokens, both, or roles of IAM](access.md); `none` is for `npm start`',
  },
  jwtIssuer: {
    accepts: (value) => value === '' || isHttps(value) || isLoopback(value),
    use: "the issuer's address, such as https://login.example.com/",
    says: 'who signs the tokens that callers show',
  },
  jwtAudience: {
    accepts: () => true,
    use: 'a comma list',
    default: '',
    says: 'whom the tokens are for',
  },
  jwtTenantClaim: {
    accepts: (value) => value.trim() !== '',
    use: 'the name of a claim, such as sub',
    default: 'sub',
    says: "the claim of a token that names the caller's tenant",
  },
  publicUrl: {
    accepts: (value) => value === '' || isPublicUrl(value),
    use: 'the https address of the API without a slash at its end, such as https://jobs.example.com or https://api.example.com/jobs; or nothing',
    says: 'where clients find the API, if it has [a domain of its own](deploy.md#a-domain-of-its-own)',
  },
  cors: {
    accepts: (value) => listOf(value).every(isOrigin),
    use: 'a comma list of origins without a path, such as https://app.example.com; or nothing',
    default: '',
    says: 'origins whose pages may call the API',
  },
  throttleRate: { ...whole(1), default: 500, says: 'requests a second, of all callers together' },
  throttleBurst: { ...whole(1), default: 1000, says: 'requests at once, of all callers together' },
  waitSeconds: {
    ...whole(0, maxWaitSeconds),
    default: maxWaitSeconds,
    says: 'that a request [waits](deploy.md#room-for-invocations) for the end of a job at most; 0: the API answers at once',
  },
  waitReserved: {
    accepts: (value) => value === 'none' || whole(1).accepts(value),
    use: `${whole(1).use}; or none`,
    default: 'none',
    says: '[invocations](deploy.md#room-for-invocations) that are kept for waits, and are all they get',
  },
};

export function problemsOfJwt({ auth, jwtIssuer, jwtAudience }: StageParameters): readonly string[] {
  if (!takesTokens(auth)) return [];
  return [
    ...(listOf(jwtIssuer).length > 0
      ? []
      : [`jwtIssuer is empty, and auth is ${auth}. Set it to the address of the issuer of your tokens.`]),
    ...(listOf(jwtAudience).length > 0
      ? []
      : [
          `jwtAudience is empty, and auth is ${auth}. Set it to the audience of your tokens; several as a comma list.`,
        ]),
  ];
}
