import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the standard variables ask for, as far as it is supported. */
export interface OtlpSettings {
  readonly protocol: 'http/json' | 'http/protobuf';
  readonly sampler: Sampler;
  /** What is asked for and not done, each with its variable. */
  readonly warnings: readonly string[];
}

const ratioOf = ({ OTEL_TRACES_SAMPLER_ARG: text = '' }: Environment): number => {
  const ratio = text === '' ? 1 : Number(text);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
};

const parentBased = (): Sampler => new ParentBasedSampler({ root: new AlwaysOnSampler() });

const samplers: Readonly<Record<string, (environment: Environment) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (environment) => new TraceIdRatioBasedSampler(ratioOf(environment)),
  parentbased_always_on: parentBased,
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (environment) =>
    new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratioOf(environment)) }),
};

/**
 * Reads what OpenTelemetry's exporter does not read itself. As the specification has it, an empty variable is none, and
 * what is unknown is told and replaced by the default.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @returns undefined if spans are not to be sent, or cannot be
 */
export function readOtlpSettings(environment: Environment): OtlpSettings | { readonly off: string } {
  const textOf = (name: string): string | undefined => environment[name]?.trim() || undefined;
  if (textOf('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { off: 'OTEL_SDK_DISABLED is true' };
  const exporter = textOf('OTEL_TRACES_EXPORTER') ?? 'otlp';
  if (exporter !== 'otlp') return { off: `OTEL_TRACES_EXPORTER is ${exporter}: only otlp sends spans` };
  const protocol =
    textOf('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? textOf('OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  if (protocol !== 'http/json' && protocol !== 'http/protobuf')
    return { off: `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}: use http/protobuf or http/json` };
  const name = textOf('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const sampler = Object.hasOwn(samplers, name) ? samplers[name] : undefined;
  const propagators = textOf('OTEL_PROPAGATORS') ?? 'tracecontext';
  const argument = Number(textOf('OTEL_TRACES_SAMPLER_ARG') ?? 1);
  const warnings = [
    sampler ? '' : `OTEL_TRACES_SAMPLER is ${name}: parentbased_always_on is used`,
    argument >= 0 && argument <= 1 ? '' : 'OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1: 1 is used',
    propagators.split(',').includes('tracecontext')
      ? ''
      : `OTEL_PROPAGATORS is ${propagators}: tracecontext is used`,
  ];
  return {
    protocol,
    sampler: (sampler ?? parentBased)(environment),
    warnings: warnings.filter((text) => text !== ''),
  };
}
