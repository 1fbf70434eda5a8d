import { routes } from './routes.ts';

interface Known {
  readonly pattern: RegExp;
  readonly method: string;
}

const known: readonly Known[] = Object.keys(routes)
  .filter((key) => key !== '$default')
  .map((key) => {
    const [method = '', path = ''] = key.split(' ');
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
    return { pattern, method };
  });

/** The methods that the API has at a path, sorted; none if it has nothing there. */
export function allowedMethods(path: string): readonly string[] {
  const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort();
}
