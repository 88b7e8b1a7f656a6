/** `ringthrough divert` and `ringthrough restore`: an operator's word about a primary. */
import { Option, type Command } from 'commander';
import { action, part, show, type Context, type Shell } from '../context.ts';

interface Turned {
  primary: string;
  state: string;
  diversion?: string;
  changed: boolean;
  why: string;
}

function order(verb: 'divert' | 'restore') {
  return async (context: Context, primary: string, { reason, how }: { reason: string; how?: string }): Promise<void> => {
    const { text, body } = await context.client.ask<Turned>('POST', `/v1/primaries/${part(primary)}/${verb}`, { json: { reason, ...(how === undefined ? {} : { how }) } });
    show(context, text, () => [
      `${body.primary}: ${body.changed ? '' : 'nothing to do, it was so already. '}${body.why}`,
      ...(body.diversion === undefined ? [] : [`Diversion ${body.diversion}${body.state === 'up' ? ' has ended' : ''}`]),
    ]);
  };
}

export function addDivert(program: Command, shell: Shell): void {
  program
    .command('divert')
    .description('send the calls of every number of a primary to the backup plans, from the next call on')
    .argument('<primary>', 'id of the primary')
    .requiredOption('--reason <text>', 'why: goes into the diversion and the audit trail')
    .action(action(shell, order('divert')));
  program
    .command('restore')
    .description('offer the calls to a primary first again; the plan stays behind it')
    .argument('<primary>', 'id of the primary')
    .requiredOption('--reason <text>', 'why: goes into the diversion and the audit trail')
    .addOption(new Option('--how <how>', 'all calls at once, or a small share first and more while they get through').choices(['now', 'steps']).default('now'))
    .action(action(shell, order('restore')));
}
