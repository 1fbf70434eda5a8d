import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { WorkPlaces } from '../../domain/state/limits/place.ts';
import { workPlacesIn } from '../../domain/state/limits/work-places.ts';
import type { workPlaces } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { dynamoDbDueList } from './due-list.ts';
import { dynamoDbDeletableRecords, dynamoDbManyRecords } from './records.ts';

/** The jobs table, and its index `due`, behind the `WorkPlaces` port. */
export const dynamoDbWorkPlaces = (client: DynamoDBClient, env: Granted<typeof workPlaces>): WorkPlaces =>
  workPlacesIn({
    records: { ...dynamoDbDeletableRecords(client, env), ...dynamoDbManyRecords(client, env) },
    due: dynamoDbDueList(client, env),
  });
