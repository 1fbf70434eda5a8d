const machines = { x64: 62, arm64: 183 };

/** The start of a file with native code for Linux, as far as its machine is read from it. */
export function elfFile(machine: keyof typeof machines): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machines[machine], 18);
  return header;
}
