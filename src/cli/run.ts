/** Runs one command line and says how it ended. Ends no process and reads no environment: src/cli/main.ts does. */
import { CommanderError } from 'commander';
import type { Ending } from './context.ts';
import { CliFault, EXIT, type Exit } from './exits.ts';
import { hintsFor } from './hints.ts';
import { complain, type Io } from './io.ts';
import { createProgram } from './program.ts';

function tell(io: Io, { code, message, more }: CliFault): void {
  const { issues = [], hints = [] } = more;
  // Most often the message holds them already.
  const named = issues.filter(({ at }) => !message.includes(at)).map(({ at, detail }) => `  ${at}: ${detail}`);
  complain(io, `error (${code}): ${message}`, ...named, ...[...hints, ...hintsFor(code)].map((hint) => `  hint: ${hint}`));
}

/** `argv` without the program's own name. */
export async function run(argv: readonly string[], io: Io): Promise<Exit> {
  const ending: Ending = { exit: EXIT.ok };
  try {
    await createProgram({ io, ending }).parseAsync(argv, { from: 'user' });
    return ending.exit;
  } catch (error) {
    // Commander has said it already; help that was asked for is no fault.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CliFault)) throw error;
    tell(io, error);
    return error.exit;
  }
}
