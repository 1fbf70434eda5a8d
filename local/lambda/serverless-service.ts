import * as z from 'zod/mini';
import type { HttpApiConfig } from '../../infra/template/http-api.ts';
import {
  type Serverless as Deployable,
  type Resources,
  routeKeyOf,
} from '../../infra/template/serverless.ts';
import type { Statement } from '../../infra/template/template-values.ts';

type StageSettings = Pick<Deployable, 'configurationInput' | 'processedInput'>;

/** The part of osls that the plugin uses. */
export interface Serverless extends StageSettings {
  readonly serviceDir: string;
  getProvider(name: 'aws'): { getStage(): string };
  readonly pluginManager: { spawn(command: string): Promise<void> };
  readonly service: {
    readonly provider: { environment?: Readonly<Record<string, unknown>>; httpApi?: HttpApiConfig };
    readonly functions: Record<string, FunctionDefinition>;
    readonly resources: Resources;
    readonly custom: { readonly 'serverless-offline': Record<string, unknown> };
  };
}

export interface FunctionDefinition {
  /** `functions/submit/handler.handler` */
  readonly handler: string;
  /** Of serverless-esbuild: it does not bundle the function. */
  skipEsbuild?: boolean;
  /** The deployed name, with service and stage. */
  readonly name: string;
  timeout?: number;
  environment?: Readonly<Record<string, unknown>>;
  /** Derived from what the function uses. */
  iamRoleStatements?: readonly Statement[];
  readonly events?: readonly unknown[];
}

const httpApiEvent = z.object({
  httpApi: z.union([z.string(), z.object({ method: z.string(), path: z.string() })]),
});

/** The routes of the HTTP API, each with the function behind it. */
export const httpRoutesOf = (
  functions: Readonly<Record<string, FunctionDefinition>>,
): readonly { readonly route: string; readonly functionName: string }[] =>
  Object.values(functions).flatMap(({ name, events = [] }) =>
    events.flatMap((event) => {
      const { data } = httpApiEvent.safeParse(event);
      if (!data) return [];
      const { httpApi } = data;
      return [{ route: routeKeyOf(httpApi), functionName: name }];
    }),
  );

const sqsEvent = z.object({
  sqs: z.object({
    arn: z.unknown(),
    enabled: z._default(z.boolean(), true),
    batchSize: z._default(z.coerce.number(), 10),
    maximumConcurrency: z._default(z.coerce.number(), 10),
    functionResponseType: z.optional(z.string()),
  }),
});
export type SqsEventSource = z.infer<typeof sqsEvent>['sqs'];

/** The queues that a function processes. */
export const sqsEventsOf = ({ events = [] }: FunctionDefinition): readonly SqsEventSource[] =>
  events
    .filter((event) => typeof event === 'object' && event !== null && 'sqs' in event)
    .map((event) => sqsEvent.parse(event).sqs)
    .filter(({ enabled }) => enabled);
