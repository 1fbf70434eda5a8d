import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

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
 * messages would stay invisible for the rest of the queue's visibility timeout. Call it before fauxqs opens the file.
 */
export function makeInFlightVisible(dataDir: string): void {
  if (existsSync(fileIn(dataDir)))
    execute(dataDir, 'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
}

/**
 * Repairs a fault of fauxqs 2.4.1 with a data directory. When a visibility timeout is set to 0, fauxqs drops the message
 * from memory and then stores it without a receive count. Its own schema rejects that, so the message is lost until a
 * restart. Call it after fauxqs has created its schema.
 */
export function repairZeroVisibilityTimeout(dataDir: string): void {
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
