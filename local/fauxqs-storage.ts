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
 * Makes visible what was in flight when the last process ended: whoever had it is gone, and would hide it for the rest
 * of the queue's visibility timeout. To be called before fauxqs opens the file.
 */
export function releaseInFlight(dataDir: string): void {
  if (existsSync(fileIn(dataDir)))
    execute(dataDir, 'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
}

/**
 * Mends fauxqs 2.4.1 on disk: for a visibility timeout of 0 it stores no receive count, which its own schema refuses,
 * and by then the message is out of its memory: lost until a restart. To be called after fauxqs has made its schema.
 */
export function mendGivingBack(dataDir: string): void {
  execute(
    dataDir,
    `CREATE TRIGGER IF NOT EXISTS give_back BEFORE UPDATE ON sqs_messages
     WHEN NEW.approximate_receive_count IS NULL
     BEGIN
       UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = OLD.message_id;
       SELECT RAISE(IGNORE);
     END`,
  );
}
