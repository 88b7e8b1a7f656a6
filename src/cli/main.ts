/** The command line as a process: the real streams, the environment, the exit code. */
import { readCliSettings } from '../config/cli-settings.ts';
import { realSystem } from '../system/system.ts';
import { EXIT } from './exits.ts';
import { fileFault } from './files.ts';
import { run } from './run.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output, `head` for one, has had enough.
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`error (usage): ${fileFault('standard output', error).message}\n`);
  process.exit(EXIT.usage);
});

process.exitCode = await run(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  watched: process.stderr.isTTY,
  settings: readCliSettings(),
  timers: realSystem.timers,
});
