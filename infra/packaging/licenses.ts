import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Metafile } from './bundle.ts';

/** A package of somebody else, of which a bundle has code, or which is installed beside a bundle. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** What its package.json says, in words of SPDX. Empty, if it says nothing. */
  readonly license: string;
  /** Its files about that: LICENSE, NOTICE and the like. */
  readonly texts: readonly string[];
  /** Where it is: the entry points of bundles. */
  readonly bundles: readonly string[];
}

interface Bundled {
  readonly project: string;
  readonly metafiles: readonly Metafile[];
  /** Folders `node_modules` that are delivered with a bundle. */
  readonly installed?: readonly { readonly folder: string; readonly bundle: string }[];
}

/** Who gives code on has to do no more for these than to hand on their texts. Another one needs a decision. */
const allowed = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
];

/** Packages that somebody has looked at: what was found. */
const lookedAt: Readonly<Record<string, string>> = {
  'png-js': 'its file LICENSE is that of MIT',
};

/** It has no types. @throws Error if the license is none that SPDX knows */
const satisfies: (license: string, allowed: readonly string[]) => boolean = createRequire(import.meta.url)(
  'spdx-satisfies',
);

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.optional(z.union([z.string(), z.object({ type: z.string() })])),
});

/** @returns the packages, by name and version, each once */
export async function thirdPartiesOf(bundled: Bundled): Promise<readonly ThirdParty[]> {
  const folders = new Map<string, Set<string>>();
  const add = (folder: string, bundle: string) =>
    folders.set(folder, (folders.get(folder) ?? new Set()).add(bundle));
  for (const { outputs } of bundled.metafiles)
    for (const { inputs, entryPoint = '' } of Object.values(outputs))
      for (const folder of packagesAmong(inputs)) add(resolve(bundled.project, folder), entryPoint);
  for (const { folder, bundle } of bundled.installed ?? [])
    for (const each of await packagesUnder(folder)) add(each, bundle);
  const found = await Promise.all([...folders].map(([folder, bundles]) => readPackage(folder, bundles)));
  const byVersion = Map.groupBy(found, ({ name, version }) => `${name} ${version}`);
  return [...byVersion.keys()].sort().flatMap((key) => {
    const [first, ...copies] = byVersion.get(key) ?? [];
    if (!first) return [];
    const bundles = [first, ...copies].flatMap((copy) => copy.bundles);
    return [{ ...first, bundles: [...new Set(bundles)].sort() }];
  });
}

/**
 * The folders of packages of which an output has a byte. A plugin may have read a file: then its name stands before the
 * path.
 */
function packagesAmong(inputs: Metafile['outputs'][string]['inputs']): readonly string[] {
  const paths = Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path.replace(/^[\w-]+:/, '')] : [],
  );
  return paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
}

/** Those in a folder `node_modules`, and those that they have in one of their own. */
async function packagesUnder(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((path) => /^(.*\/node_modules\/)?(@[^/]+\/)?[^@/][^/]*\/package\.json$/.test(path))
    .map((path) => join(folder, dirname(path)));
}

async function readPackage(folder: string, bundles: ReadonlySet<string>): Promise<ThirdParty> {
  const {
    name,
    version,
    license = '',
  } = manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const files = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying|notice)/i.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return {
    name,
    version,
    license: typeof license === 'string' ? license : license.type,
    texts: texts.map((text) => text.trim()),
    bundles: [...bundles],
  };
}

/** Names each package that may not be given on so simply, or of which nobody knows. */
export const problemsOfLicenses = (parties: readonly ThirdParty[]): readonly string[] =>
  parties
    .filter(({ name, license }) => !isAllowed(license) && !Object.hasOwn(lookedAt, name))
    .map(
      ({ name, version, license, bundles }) =>
        `${name} ${version}, in ${bundles.join(', ')}, has ${license === '' ? 'no license' : `the license ${license}`}. Take another package, or allow it in infra/packaging/licenses.ts.`,
    );

function isAllowed(license: string): boolean {
  try {
    return satisfies(license, allowed);
  } catch {
    return false;
  }
}

const line = '-'.repeat(80);

/**
 * What has to go along with the code of these packages. Many have the same text: it stands once, behind their names.
 */
export function noticesOf(parties: readonly ThirdParty[]): string {
  const byText = Map.groupBy(parties, ({ texts }) => texts.join('\n\n'));
  const parts = [...byText].map(([text, those]) => {
    const names = those.map(
      ({ name, version, license }) => `${name} ${version} (${license || 'no license is named'})`,
    );
    return `${names.join('\n')}\n\n${text === '' ? 'The package has no text of its license.' : text}\n`;
  });
  return parts.join(`\n${line}\n\n`);
}
