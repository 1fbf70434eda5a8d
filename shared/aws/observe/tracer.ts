import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { Tracer } from '../../domain/observe/trace.ts';
import type { traces } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

/**
 * What sends the spans of a function or a server, if its stage has said where to. Its code is a file of its own beside
 * the bundle: a cold start without it does not parse it.
 */
export async function stageTracer(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTLP_HEADERS_FROM: headersSecret }: Granted<typeof traces>,
  { environment, log }: { readonly environment: NodeJS.ProcessEnv; readonly log: Log },
): Promise<Tracer | undefined> {
  if (!(endpoint || environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)) return undefined;
  try {
    const { otlpTracer } = await import('./otlp-tracer.ts');
    return otlpTracer({ environment, headersSecret, log });
  } catch (thrown) {
    log.error('no spans are sent', { error: asError(thrown) });
    return undefined;
  }
}
