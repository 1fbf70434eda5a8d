import inspector from 'node:inspector';

const host = '127.0.0.1';

/**
 * Opens this process for a debugger of this machine, and waits for one.
 * @param port 0: a free one
 * @param tell is told how to attach
 * @returns false if the port is taken
 */
export function openDebugger(port: number, tell: (line: string) => void): boolean {
  // If it cannot listen, Node.js says so on the standard error, and goes on.
  inspector.open(port, host);
  const url = inspector.url();
  if (url === undefined) return false;
  for (const line of howToAttach(Number(new URL(url).port))) tell(line);
  inspector.waitForDebugger();
  return true;
}

const howToAttach = (port: number): readonly string[] => {
  const launch = { type: 'node', request: 'attach', name: 'replay', address: host, port };
  return [
    'Attach a debugger. It pauses right before the handler: two steps lead into it.',
    `  Chrome    chrome://inspect, with ${host}:${port} under "Configure"`,
    `  VS Code   in launch.json: ${JSON.stringify({ ...launch, continueOnAttach: true, skipFiles: ['<node_internals>/**'] })}`,
    `  terminal  npx node inspect ${host}:${port}`,
  ];
};
