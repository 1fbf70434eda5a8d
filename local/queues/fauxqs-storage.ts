import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildApp } from 'fauxqs';

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;

export type Queues = Stores['sqsStore'];

interface Fauxqs {
  readonly app: ReturnType<typeof buildApp>;
  readonly queues: Queues;
}

/** fauxqs's own, which it does not export. */
const internal = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href);

async function newStores(): Promise<Stores> {
  const { SqsStore }: { SqsStore: new () => Queues } = await internal('sqs/sqsStore.js');
  const { SnsStore }: { SnsStore: new () => Stores['snsStore'] } = await internal('sns/snsStore.js');
  const { S3Store }: { S3Store: new () => Stores['s3Store'] } = await internal('s3/s3Store.js');
  return { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
}

/** fauxqs with its queues in memory. */
export async function fauxqsInMemory(): Promise<Fauxqs> {
  const stores = await newStores();
  return { app: buildApp({ logger: false, stores }), queues: stores.sqsStore };
}

/**
 * fauxqs with its queues in a directory. Its own `startFauxqs` does the same, but listens on all addresses of the
 * machine.
 */
export async function fauxqsOnDisk(dataDir: string): Promise<Fauxqs> {
  const {
    PersistenceManager,
  }: { PersistenceManager: new (folder: string) => Queues['persistence'] & object } =
    await internal('persistence.js');
  makeInFlightVisible(dataDir);
  const persistence = new PersistenceManager(dataDir);
  writeWithoutWaiting(Reflect.get(persistence, 'db'));
  repairZeroVisibilityTimeout(dataDir);
  const stores = await newStores();
  const { sqsStore, snsStore } = stores;
  // What is loaded is not to be stored again.
  persistence.loadSqsAndSns(sqsStore, snsStore);
  for (const store of [sqsStore, snsStore, ...sqsStore.allQueues()]) store.persistence = persistence;
  const app = buildApp({ logger: false, stores });
  app.addHook('onClose', async () => persistence.close());
  return { app, queues: sqsStore };
}

/**
 * What is written outlives the process, however that ends, but not a machine that loses its power. Else SQLite waits
 * for the disk at every change of a message: that took several milliseconds, in which this process did nothing else.
 */
const writeWithoutWaiting = (database: DatabaseSync): void => database.exec('PRAGMA synchronous = NORMAL');

const fileIn = (dataDir: string): string => join(dataDir, 'fauxqs.db');

function execute(dataDir: string, sql: string): void {
  const database = new DatabaseSync(fileIn(dataDir));
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/**
 * Makes the messages visible that were in flight when the last process ended. Their consumers have ended too, and the
 * messages would stay invisible for the rest of the queue's visibility timeout. Before fauxqs opens the file.
 */
function makeInFlightVisible(dataDir: string): void {
  if (existsSync(fileIn(dataDir)))
    execute(dataDir, 'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
}

/**
 * Repairs a fault of fauxqs 2.4.1 with a data directory. When a visibility timeout is set to 0, fauxqs drops the
 * message from memory and then stores it without a receive count. Its own schema rejects that, so the message is lost
 * until a restart. After fauxqs has created its schema.
 */
function repairZeroVisibilityTimeout(dataDir: string): void {
  execute(
    dataDir,
    `CREATE TRIGGER IF NOT EXISTS zero_visibility_timeout BEFORE UPDATE ON sqs_messages
     WHEN NEW.approximate_receive_count IS NULL
     BEGIN
       UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = OLD.message_id;
       SELECT RAISE(IGNORE);
     END`,
  );
}
