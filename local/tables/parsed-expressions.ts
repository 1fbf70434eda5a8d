import { createRequire } from 'node:module';

/** What dynalite gives its parsers beside the text of an expression. */
interface Context {
  readonly attrNames?: Readonly<Record<string, string>> | undefined;
  readonly attrVals?: Readonly<Record<string, object>> | undefined;
  /** The parser removes what the expression uses. What is left in the end is an error of the request. */
  readonly unusedAttrNames?: Record<string, true>;
  readonly unusedAttrVals?: Record<string, true>;
}

interface Parser {
  /** @returns a text if the expression is wrong */
  parse(text: string, options: { readonly context: Context }): unknown;
}

/** Stands in a kept expression where a request has a value. */
class Value {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

interface Kept {
  readonly expression: unknown;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

const maxKept = 500;
/** Of these, whether they are right depends on values, and not on their types alone. */
const needsValues = /between|attribute_type/i;

const changed = new WeakSet<Parser>();

/**
 * Has dynalite parse each expression once. It would parse it with every request, which was a seventh of the local
 * system's work: the expressions of the engine are long, and always the same.
 */
export function parseExpressionsOnce(): void {
  const require = createRequire(import.meta.resolve('dynalite'));
  for (const file of ['conditionParser', 'updateParser']) {
    const parser: Parser = require(`./db/${file}.js`);
    if (changed.has(parser)) continue;
    changed.add(parser);
    parser.parse = keeping(parser.parse);
  }
}

/** @returns a parser that gives the same answers, and keeps what it has parsed */
export function keeping(parse: Parser['parse']): Parser['parse'] {
  const all = new Map<string, Kept>();
  return (text, options) => {
    if (needsValues.test(text)) return parse(text, options);
    const { context } = options;
    const { attrNames = {}, attrVals = {}, unusedAttrNames = {}, unusedAttrVals = {} } = context;
    const key = keyOf(text, attrNames, attrVals);
    let kept = all.get(key);
    if (kept === undefined) {
      const unused = { unusedAttrNames: allOf(attrNames), unusedAttrVals: allOf(attrVals) };
      const expression = parse(text, { ...options, context: { ...context, ...unused } });
      const used = (of: object, left: object) => Object.keys(of).filter((name) => !Object.hasOwn(left, name));
      const names = used(attrNames, unused.unusedAttrNames);
      const values = used(attrVals, unused.unusedAttrVals);
      kept = { expression: withoutValues(expression, attrVals), names, values };
      // Nobody is quick to see a wrong expression again.
      if (typeof expression !== 'string') keep(all, key, kept);
    }
    for (const name of kept.names) delete unusedAttrNames[name];
    for (const name of kept.values) delete unusedAttrVals[name];
    return withValues(kept.expression, attrVals);
  };
}

/** All that a parsed expression depends on: of values only the types. */
function keyOf(
  text: string,
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, object>>,
) {
  let key = text;
  for (const name in names) key += `\n${name}=${names[name]}`;
  for (const name in values) key += `\n${name}:${Object.keys(values[name] ?? {})}`;
  return key;
}

function keep(all: Map<string, Kept>, key: string, kept: Kept): void {
  const [oldest] = all.keys();
  if (all.size >= maxKept && oldest !== undefined) all.delete(oldest);
  all.set(key, kept);
}

const allOf = (named: object): Record<string, true> =>
  Object.fromEntries(Object.keys(named).map((name) => [name, true]));

function withoutValues(expression: unknown, values: Readonly<Record<string, object>>): unknown {
  const names = new Map(Object.entries(values).map(([name, value]) => [value, name]));
  return copy(expression, (part) => {
    const name = names.get(part);
    return name === undefined ? undefined : new Value(name);
  });
}

const withValues = (expression: unknown, values: Readonly<Record<string, object>>): unknown =>
  copy(expression, (part) => (part instanceof Value ? values[part.name] : undefined));

/**
 * dynalite changes an expression that it applies. @param replace gives what is to be in the place of a part of it, if
 * anything
 */
function copy(part: unknown, replace: (part: object) => object | undefined): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const replaced = replace(part);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(part)) return part.map((each) => copy(each, replace));
  const copied: Record<string, unknown> = Object.create(Object.getPrototypeOf(part));
  for (const [name, each] of Object.entries(part)) copied[name] = copy(each, replace);
  return copied;
}
