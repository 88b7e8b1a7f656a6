/** The step that finds the small programs which the tests of the go-bag's script run, or has the system's package manager install them. */
import { installPackage, outputOf, SetupFault } from './shared.mjs';

/** By the argument with which each says its version. */
const TOOLS = { curl: '--version', openssl: 'version' };

export function createToolsStep({ say }) {
  const missing = () => Object.entries(TOOLS).filter(([tool, version]) => outputOf(tool, [version]) === undefined).map(([tool]) => tool);
  return {
    done: () => missing().length === 0,
    run() {
      for (const tool of missing()) installPackage(tool, say);
      const left = missing();
      if (left.length > 0) throw new SetupFault(`For the tests ${left.join(' and ')} must be there, and cannot be installed from here. On Debian or Ubuntu: apt-get install ${left.join(' ')}`);
    },
  };
}
