import { isRecord, neededBy, type RawTemplate } from './raw-template.ts';

/**
 * What names the alias of a function, and does not wait for it. Lambda refuses a permission, a mapping or a target whose alias is not
 * there yet, and the first deployment of the stage is rolled back. An alarm may name what is not there.
 */
export function problemsOfAliases(template: RawTemplate): readonly string[] {
  const { Resources } = template;
  const aliases = Object.fromEntries(
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::Lambda::Alias' ? [[functionIn(Properties.FunctionName), id] as const] : [],
    ),
  );
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::CloudWatch::Alarm'
      ? []
      : namedIn(Properties).flatMap((named) => {
          const alias = aliases[named];
          if (alias === undefined) return [`${id} names an alias of ${named}, which has none`];
          return waitsFor(template, { id, alias }) ? [] : [`${id} does not wait for ${alias}`];
        }),
  );
}

/** The functions whose alias a value names by a text: `{ "Fn::Join": [":", [ARN, "live"]] }`, or a text that ends with its name. */
function namedIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namedIn);
  if (!isRecord(value)) return [];
  const joined = value['Fn::Join'];
  if (Array.isArray(joined) && Array.isArray(joined[1]) && /(^|:)live$/.test(String(joined[1].at(-1))))
    return [functionIn(joined[1])];
  const text = value['Fn::Sub'];
  if (typeof text === 'string' && text.endsWith(':live')) return [/\$\{(\w+)/.exec(text)?.[1] ?? text];
  return Object.values(value).flatMap(namedIn);
}

/** The function that a value refers to. */
function functionIn(value: unknown): string {
  const [, id] = /"(?:Ref"|Fn::GetAtt"):\[?"(\w+LambdaFunction)"/.exec(JSON.stringify(value)) ?? [];
  return id ?? JSON.stringify(value);
}

interface Waiting {
  readonly id: string;
  readonly alias: string;
}

/** Whether CloudFormation makes the alias first. */
function waitsFor({ Resources }: RawTemplate, { id, alias }: Waiting): boolean {
  const seen = new Set<string>();
  const visit = (each: string): boolean => {
    if (each === alias) return true;
    if (seen.has(each)) return false;
    seen.add(each);
    const resource = Resources[each];
    return resource !== undefined && neededBy(resource).some((needed) => visit(needed.id));
  };
  return visit(id);
}
