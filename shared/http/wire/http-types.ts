import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What API Gateway hands over, and where the stage says that clients find the API. */
export interface HttpRequest extends APIGatewayProxyEventV2 {
  /** Without a slash at its end. Empty if the stage does not say. */
  readonly publicUrl: string;
}
export type HttpResponse = APIGatewayProxyStructuredResultV2;
