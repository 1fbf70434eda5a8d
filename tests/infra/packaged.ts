import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as admission from '../../functions/admission/uses.ts';
import * as api from '../../functions/api/uses.ts';
import * as bulk from '../../functions/bulk/uses.ts';
import * as check from '../../functions/check/uses.ts';
import * as deadLetter from '../../functions/dead-letter/uses.ts';
import * as longWorker from '../../functions/long-worker/uses.ts';
import * as notify from '../../functions/notify/uses.ts';
import * as overdue from '../../functions/overdue/uses.ts';
import * as pages from '../../functions/pages/uses.ts';
import * as status from '../../functions/status/uses.ts';
import * as submit from '../../functions/submit/uses.ts';
import * as wait from '../../functions/wait/uses.ts';
import * as worker from '../../functions/worker/uses.ts';
import { readZip } from '../../infra/packaging/read-zip.ts';
import type { Uses } from '../../shared/aws/uses/environment.ts';
import { type LambdaFunction, lambdaFunction } from './kinds.ts';
import type { Packaged } from './package-commands.ts';
import { Template } from './template.ts';

export const stages = ['dev', 'staging', 'prod', 'preview'] as const;
export type Stage = (typeof stages)[number];

/** What each handler uses, by its folder. */
export const usesOf: Readonly<Record<string, Uses>> = {
  'functions/admission': admission,
  'functions/api': api,
  'functions/bulk': bulk,
  'functions/check': check,
  'functions/dead-letter': deadLetter,
  'functions/long-worker': longWorker,
  'functions/notify': notify,
  'functions/overdue': overdue,
  'functions/pages': pages,
  'functions/status': status,
  'functions/submit': submit,
  'functions/wait': wait,
  'functions/worker': worker,
};

/** A function in a deployment package. */
export interface PackagedFunction {
  /** Its name in serverless.yml. */
  readonly name: string;
  readonly id: string;
  readonly properties: LambdaFunction;
  readonly uses: Uses;
  /** The environment with every reference resolved. */
  readonly environment: Readonly<Record<string, string>>;
  readonly exportName: string;
  /** The path of the bundle in the zip. */
  readonly bundlePath: string;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly bundle: string;
}

export interface Package {
  readonly stage: Stage;
  readonly template: Template;
  readonly functions: readonly PackagedFunction[];
}

/** Reads what the command of this name has packaged: the template and the zips. */
export async function packageOf(packaged: Packaged, name: string, stage: Stage): Promise<Package> {
  const template = new Template(await packaged.template(name));
  const functions = [...template.all(lambdaFunction)].map(async ([id, properties]) => {
    const zip = await readFile(join(packaged.zips, basename(properties.Code.S3Key)));
    return packagedFunction(id, properties, { stage, template, files: readZip(zip) });
  });
  return { stage, template, functions: await Promise.all(functions) };
}

function packagedFunction(
  id: string,
  properties: LambdaFunction,
  { stage, template, files }: { stage: Stage; template: Template; files: ReadonlyMap<string, Buffer> },
): PackagedFunction {
  const [path = '', exportName = ''] = properties.Handler.split('.');
  const uses = usesOf[dirname(path)];
  if (!uses) throw new Error(`usesOf has nothing for ${path}.`);
  const variables = Object.entries(properties.Environment.Variables);
  const bundlePath = `${path}.mjs`;
  return {
    name: properties.FunctionName.replace(`job-worker-${stage}-`, ''),
    id,
    properties,
    uses,
    environment: Object.fromEntries(variables.map(([key, value]) => [key, template.resolve(value)])),
    exportName,
    bundlePath,
    files,
    bundle: files.get(bundlePath)?.toString('utf8') ?? '',
  };
}
