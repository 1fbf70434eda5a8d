import { type ClientSettings, Command, ServiceClient } from './service-client.ts';
import { ServiceError } from './service-error.ts';

/** Takes the place of `@aws-sdk/client-dynamodb` in the bundles of functions: infra/lean-clients.cjs. */

/** Its answer may have the item that was there. */
export class ConditionalCheckFailedException extends ServiceError {}

export class DynamoDBClient extends ServiceClient {
  constructor(settings?: ClientSettings) {
    super(
      {
        name: 'dynamodb',
        accountName: 'ddb',
        variable: 'DYNAMODB',
        target: 'DynamoDB_20120810',
        maxAttempts: 4,
        baseDelay: 25,
        errorCode: ({ __type, code }, headers) => __type ?? code ?? headers['x-amzn-errortype'],
        errors: { ConditionalCheckFailedException },
      },
      settings,
    );
  }
}

export class BatchGetItemCommand extends Command {
  readonly operation = 'BatchGetItem';
}
export class DeleteItemCommand extends Command {
  readonly operation = 'DeleteItem';
}
export class DescribeTableCommand extends Command {
  readonly operation = 'DescribeTable';
}
export class GetItemCommand extends Command {
  readonly operation = 'GetItem';
}
export class PutItemCommand extends Command {
  readonly operation = 'PutItem';
}
export class QueryCommand extends Command {
  readonly operation = 'Query';
}
export class ScanCommand extends Command {
  readonly operation = 'Scan';
}
export class UpdateItemCommand extends Command {
  readonly operation = 'UpdateItem';
}
