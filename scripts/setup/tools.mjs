/** The step that finds the small programs which a command runs beside our own, or has the system's package manager install them. */
import { installPackage, outputOf, SetupFault } from './shared.mjs';

/** The tests of the go-bag's script run these, and the benchmark of webhooks has its load from wrk. Debian's packages are named like the programs. */
const TOOLS = { test: ['curl', 'openssl'], bench: ['wrk'] };
const FOR = { test: 'the tests', bench: 'the benchmarks' };

const isThere = (tool) => outputOf('/bin/sh', ['-c', `command -v ${tool}`]) !== undefined;

export function createToolsStep({ command, say }) {
  const missing = () => (TOOLS[command] ?? []).filter((tool) => !isThere(tool));
  return {
    done: () => missing().length === 0,
    run() {
      for (const tool of missing()) installPackage(tool, say);
      const left = missing();
      if (left.length > 0) throw new SetupFault(`For ${FOR[command]} ${left.join(' and ')} must be there, and cannot be installed from here. On Debian or Ubuntu: apt-get install ${left.join(' ')}`);
    },
  };
}
