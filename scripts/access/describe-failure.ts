import { CommanderError } from 'commander';
import { AccessTableError } from '../../infra/access/admin-store.ts';
import { AccessCommandError } from '../../infra/access/manage-keys.ts';
import { UsageError } from '../usage-error.ts';

interface Failure {
  /** Of the table in docs/cli.md: `jobctl keys` ends with it. */
  readonly exitCode: 0 | 1 | 2 | 4 | 5 | 6;
  /** For people; undefined if it has been printed. */
  readonly text?: string;
}

/** @returns undefined for what nobody has foreseen */
export function describeFailure(error: unknown): Failure | undefined {
  // Commander has printed its own errors, and ends so after --help too.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof UsageError) return { exitCode: 2, text: error.message };
  if (error instanceof AccessCommandError) return { exitCode: 4, text: error.message };
  return error instanceof AccessTableError ? failureOfTable(error) : undefined;
}

/** What AWS calls it that nobody has signed the request, or somebody who may not do it. */
const deniedNames = [
  'CredentialsProviderError',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
];

function failureOfTable({ message, cause }: AccessTableError): Failure {
  const { name }: { readonly name?: unknown } = Object(cause);
  if (name === 'ResourceNotFoundException')
    return {
      exitCode: 6,
      text: `${sentence(message)} Is the stage deployed, in this region and account? See --stage, --region and AWS_PROFILE.`,
    };
  if (deniedNames.some((each) => each === name))
    return {
      exitCode: 5,
      text: `${sentence(message)} Set AWS credentials that may use the table, such as by AWS_PROFILE.`,
    };
  return { exitCode: 6, text: sentence(message) };
}

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
