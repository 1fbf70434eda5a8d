/** Runs after the last contract test. */
export default async function stop(): Promise<void> {
  const { stopContractTestServices } = globalThis as { stopContractTestServices?: () => Promise<void> };
  await stopContractTestServices?.();
}
