/** The command line as a whole: its commands and the options that all of them have. */
import { Command } from 'commander';
import { CLI_SETTINGS } from '../config/cli-settings.ts';
import { addApprovals } from './commands/approvals.ts';
import { addAudit } from './commands/audit.ts';
import { addBacklog } from './commands/backlog.ts';
import { addCalls } from './commands/calls.ts';
import { addAutomation } from './commands/automation.ts';
import { addCarriers } from './commands/carriers.ts';
import { addConflicts } from './commands/conflicts.ts';
import { addDivert } from './commands/divert.ts';
import { addDrill } from './commands/drill.ts';
import { addExport } from './commands/export.ts';
import { addGobag } from './commands/gobag.ts';
import { addImport } from './commands/import.ts';
import { addImports } from './commands/imports.ts';
import { addKeys } from './commands/keys.ts';
import { addPolicy } from './commands/policy.ts';
import { addReadiness } from './commands/readiness.ts';
import { addReport } from './commands/report.ts';
import { addReceivers } from './commands/receivers.ts';
import { addRecords } from './commands/records.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStatus } from './commands/status.ts';
import { addSteps } from './commands/steps.ts';
import type { Shell } from './context.ts';
import { EXIT_MEANINGS } from './exits.ts';
import { pairs } from './layout.ts';

function epilogue(): string {
  const environment = Object.entries(CLI_SETTINGS).map(([name, { about, default: fallback }]) => [name, `${about}${fallback === undefined ? '' : ` (${fallback})`}`] as const);
  return ['', 'Environment:', ...pairs(environment, '  '), '', 'Exit codes:', ...pairs(Object.entries(EXIT_MEANINGS), '  '), '', 'More: docs/cli.md'].join('\n');
}

export function createProgram(shell: Shell): Command {
  const { io } = shell;
  // What is set here before the first command holds for the commands too.
  const program = new Command('ringthrough')
    .description("keeps a business's phone numbers answered while its phone system is down")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.output.write(text),
      writeErr: (text) => void io.errors.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'error (usage): ')),
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('  hint: see `ringthrough --help`, or --help after a command')
    .option('--url <url>', 'where the service is; goes before RINGTHROUGH_URL')
    .option('--key <key>', 'API key to use; goes before RINGTHROUGH_KEY, which others on this machine cannot see')
    .option('--json', "put out the API's JSON and nothing else");
  for (const add of [addStatus, addDivert, addAutomation, addSteps, addReadiness, addDrill, addConflicts, addImport, addImports, addExport, addGobag, addReport, addCalls, addAudit, addCarriers, addRecords, addApprovals, addReceivers, addBacklog, addKeys, addPolicy, addSimulate]) add(program, shell);
  program.addHelpText('after', epilogue());
  return program;
}
