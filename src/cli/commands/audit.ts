/** `ringthrough audit`: who changed what, and why. */
import type { Command } from 'commander';
import { action, positiveInteger, showList, type Context, type Shell } from '../context.ts';
import { moment, tableOr } from '../layout.ts';

interface Entry {
  at: string;
  by: { key: string; role: string };
  action: string;
  changes: { subject: string }[];
  reason?: string;
}

function subjects(changes: Entry['changes']): string {
  const [first, ...more] = changes;
  return `${first?.subject ?? ''}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

async function audit(context: Context, { customer, limit }: { customer?: string; limit: number }): Promise<void> {
  const row = ({ at, by, action: did, changes, reason }: Entry): string[] => [moment(at), by.key, did, subjects(changes), reason ?? ''];
  await showList<Entry>(context, { path: '/v1/audit', query: { customer }, limit, lines: (items) => tableOr('No entries.', ['time (UTC)', 'key', 'did', 'what', 'why'], items.map(row)) });
}

export function addAudit(program: Command, shell: Shell): void {
  program
    .command('audit')
    .description('who changed what, and why, the newest first; with --json also from what to what')
    .option('--customer <id>', "changes to this customer's records")
    .option('--limit <count>', 'how many', positiveInteger, 20)
    .action(action(shell, audit));
}
