import * as z from 'zod/mini';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxBytes = 250 * 1024 * 1024;

const isNative = (path: string) => /\.node$|\.so(\.\d+)*$/.test(path);
const server = 'Run its type on a worker server: docs/servers.md';

/** What is in a zip, by path. */
type Files = ReadonlyMap<string, Buffer>;

/** Whether packages in a zip have native code, so that only Lambda can load them. */
export const hasNativeCode = (files: Files): boolean => [...files.keys()].some(isNative);

/** The packages that a bundle can import, by name. */
export const packagesIn = (files: Files): readonly string[] => [
  ...new Set(
    [...files.keys()].flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  ),
];

/** @returns a line for all that Lambda would refuse or could not load in a function's zip */
export function problemsOfZip(name: string, files: Files): readonly string[] {
  const bytes = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const tooLarge =
    bytes > maxBytes
      ? [`${name} has ${megabytes(bytes)} MB, and a function may have 250. ${sizesIn(files)}. ${server}`]
      : [];
  const others = [...files].filter(([path, content]) => isNative(path) && !isForArm64Linux(content));
  const compiled = [...files.keys()].filter((path) => isCompiledOnly(path, files));
  return [
    ...tooLarge,
    ...others.map(([path]) => `${name} has ${path}, which is not for linux-arm64. ${server}`),
    ...compiled.map(
      (path) =>
        `${name} has ${packageOf(path)}, whose native code is compiled when it is installed: ` +
        `there is none for linux-arm64. ${server}`,
    ),
  ];
}

/** By its ELF header: 64 bits, little endian, machine EM_AARCH64 (183). */
const isForArm64Linux = (content: Buffer): boolean =>
  content.length >= 20 &&
  content.toString('latin1', 0, 6) === '\x7fELF\x02\x01' &&
  content.readUInt16LE(18) === 183;

const packageOf = (path: string): string | undefined =>
  /^.*node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/.exec(path)?.[1];

const packageJson = z.object({ optionalDependencies: z.optional(z.record(z.string(), z.string())) });

/**
 * A package that can be compiled has its native code in itself, or in a package for each platform. This one has none at
 * all.
 */
function isCompiledOnly(path: string, files: Files): boolean {
  const [, folder = ''] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/binding\.gyp$/.exec(path) ?? [];
  if (folder === '') return false;
  const { optionalDependencies = {} } = packageJson.parse(
    JSON.parse(files.get(`${folder}/package.json`)?.toString() ?? '{}'),
  );
  const places = [`${folder}/`, ...Object.keys(optionalDependencies).map((name) => `node_modules/${name}/`)];
  return ![...files.keys()].some((file) => isNative(file) && places.some((place) => file.startsWith(place)));
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);

/** What takes the most of it. */
function sizesIn(files: Files): string {
  const sizes = new Map<string, number>();
  for (const [path, { byteLength }] of files) {
    const name = packageOf(path) ?? 'its bundle';
    sizes.set(name, (sizes.get(name) ?? 0) + byteLength);
  }
  const first = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 3);
  return first.map(([name, bytes]) => `${name}: ${megabytes(bytes)} MB`).join(', ');
}
