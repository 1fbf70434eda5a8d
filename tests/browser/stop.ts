/** Runs after the last browser test. */
export default async function stop(): Promise<void> {
  const { stopBrowserTestSystems } = globalThis as { stopBrowserTestSystems?: () => Promise<void> };
  await stopBrowserTestSystems?.();
}
