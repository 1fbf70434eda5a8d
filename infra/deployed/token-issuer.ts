import { descriptionUrlOf, issuerDescription } from '../../shared/http/access/issuer-description.ts';

const limitMs = 3_000;

/** What is wrong with an issuer, or why that is not known. */
interface IssuerCheck {
  readonly problem?: string;
  readonly warning?: string;
}

/**
 * Asks the issuer of a stage that takes tokens for its description, as API Gateway does when it makes the authorizer:
 * that would fail in the middle of a deployment, and an issuer of another name would refuse all tokens.
 */
export async function askIssuer(issuer: string, fetching: typeof fetch = fetch): Promise<IssuerCheck> {
  const url = descriptionUrlOf(issuer);
  const found = await read(url, fetching);
  if ('warning' in found) return { warning: `jwtIssuer: ${url} did not answer: ${found.warning}` };
  const { data } = issuerDescription.safeParse(found.answer);
  if (found.status !== 200 || data === undefined)
    return {
      problem: `jwtIssuer: ${url} answers ${found.status}, and does not describe an issuer (issuer, jwks_uri). Set jwtIssuer to the address of the issuer of your tokens.`,
    };
  if (data.issuer === issuer) return {};
  return {
    problem: `jwtIssuer is ${issuer}, and the issuer calls itself ${data.issuer}. Set jwtIssuer to that: tokens are compared with it.`,
  };
}

type Found = { readonly status: number; readonly answer: unknown } | { readonly warning: string };

/** Who is out of order says nothing about the parameter. */
async function read(url: string, fetching: typeof fetch): Promise<Found> {
  try {
    const response = await fetching(url, { signal: AbortSignal.timeout(limitMs) });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return { warning: `status ${response.status}` };
    return { status: response.status, answer: parsed(text) };
  } catch (error) {
    const { cause } = error instanceof Error ? error : {};
    const reason = cause instanceof Error ? cause : error;
    return { warning: reason instanceof Error ? reason.message : String(reason) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
