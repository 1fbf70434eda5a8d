import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Where a handler comes from: an export of a module. */
interface Origin {
  readonly url: string;
  readonly name: string;
}

const callingModule = /(file:\/\/[^\s()?]*?):\d+:\d+\)?$/;
const kit = new URL('.', import.meta.url).href;
const engine = new URL('../shared/', import.meta.url).href;
const samples = new URL('../examples/', import.meta.url).href;

/** A test that is loaded again would be a test again. */
const isTest = (url: string): boolean =>
  /\.(test|spec)\.[cm]?[jt]s$/.test(url) || url === pathToFileURL(process.argv[1] ?? '').href;

/** The modules from which this was called, of those that a handler may be in. */
export const callingModules = (): readonly string[] =>
  (new Error().stack ?? '')
    .split('\n')
    .flatMap((line) => callingModule.exec(line)?.[1] ?? [])
    .filter((url) => ![kit, engine].some((folder) => url.startsWith(folder)))
    .filter((url) => !url.includes('/node_modules/') && !isTest(url));

/** @param modules that were loaded already @returns nothing if none of them exports it */
export async function originOf(exported: unknown, modules: Iterable<string>): Promise<Origin | undefined> {
  for (const url of modules) {
    const found = Object.entries<unknown>(await import(url)).find(([, value]) => value === exported);
    if (found) return { url, name: found[0] };
  }
  return undefined;
}

/** A copy of a module, and of what it imports from a folder `job-types`, or of the samples. All else is shared. */
const copied = /\?process=\d+$/;
let copies = 0;

const isOwn = (url: string): boolean =>
  (url.includes('/job-types/') || url.startsWith(samples)) && !url.includes('/node_modules/');

/** Lets modules be loaded anew, as a new process does, until the returned function is called. */
export function allowCopies(): () => void {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const [copy] = copied.exec(context.parentURL ?? '') ?? [];
      return copy && isOwn(resolved.url) && !copied.test(resolved.url)
        ? { ...resolved, url: resolved.url + copy }
        : resolved;
    },
  });
  return () => hooks.deregister();
}

/** @returns what the module exports to a new process. Copies must be allowed. */
export async function freshExport({ url, name }: Origin): Promise<unknown> {
  copies += 1;
  const module: Readonly<Record<string, unknown>> = await import(`${url}?process=${copies}`);
  return module[name];
}
