import { type ClientSettings, Command, ServiceClient } from './service-client.ts';
import { ServiceError } from './service-error.ts';

/** Takes the place of `@aws-sdk/client-dynamodb` in the bundles of functions: infra/packaging/lean-clients.cjs. */

/** Its answer may have the item that was there. */
export class ConditionalCheckFailedException extends ServiceError {}
/** A table in several regions was written in another one at the same time: the call is repeated. */
export class ReplicatedWriteConflictException extends ServiceError {
  readonly $retryable = {};
}

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
        errorCode: ({ __type, code, Code }, headers) => __type ?? code ?? Code ?? headers['x-amzn-errortype'],
        errors: { ConditionalCheckFailedException, ReplicatedWriteConflictException },
      },
      settings,
    );
  }
}

/** The class that the SDK has for an operation. */
const commandOf = (operation: string) =>
  class extends Command {
    readonly operation = operation;
  };

export const BatchGetItemCommand = commandOf('BatchGetItem');
export const DeleteItemCommand = commandOf('DeleteItem');
export const DescribeTableCommand = commandOf('DescribeTable');
export const GetItemCommand = commandOf('GetItem');
export const PutItemCommand = commandOf('PutItem');
export const QueryCommand = commandOf('Query');
export const ScanCommand = commandOf('Scan');
export const UpdateItemCommand = commandOf('UpdateItem');
