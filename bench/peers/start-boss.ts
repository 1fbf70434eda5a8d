import { PgBoss } from 'pg-boss';

/** Its one queue. */
export const queueName = 'nothing';

/** pg-boss on the Postgres that `databases.ts` has started. */
export async function startBoss(): Promise<PgBoss> {
  const boss = new PgBoss({
    host: '127.0.0.1',
    port: Number(process.env.POSTGRES_PORT),
    user: 'postgres',
    database: 'postgres',
  });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue(queueName);
  return boss;
}

/** The shortest that it takes. */
export const pollingIntervalSeconds = 0.5;
