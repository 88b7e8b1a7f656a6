/** `ringthrough audit`: who changed what, and why; and whether the trail is as it was written. */
import type { Command } from 'commander';
import { action, emit, positiveInteger, showList, type Context, type Shell } from '../context.ts';
import { EXIT, usageFault, type Exit } from '../exits.ts';
import { complain, say } from '../io.ts';
import { counted, moment, tableOr } from '../layout.ts';

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

interface Check {
  intact: boolean;
  checked: number;
  unchained: number;
  fault?: { id: string; why: string; detail: string };
  head?: { id: string; hash: string };
  next?: string;
}

/** All parts of the check, one after the other, as one. */
async function checkAll({ client }: Context, witness: string | undefined): Promise<Check> {
  let checked = 0;
  let unchained = 0;
  let cursor: string | undefined;
  for (;;) {
    const { body } = await client.ask<Check>('GET', '/v1/audit/verify', { query: { cursor, witness } });
    checked += body.checked;
    unchained += body.unchained;
    if (body.next === undefined) return { ...body, checked, unchained };
    cursor = body.next;
  }
}

async function verify(context: Context, { witness }: { witness?: string }): Promise<Exit> {
  if (witness !== undefined && !/^\d{1,15}-\d{1,15}:[0-9a-f]{40}$/.test(witness)) throw usageFault(`${witness} is not a head as the log tells it: ID:HASH`);
  const { intact, checked, unchained, fault, head } = await checkAll(context, witness);
  if (context.json) emit(context, JSON.stringify({ intact, checked, unchained, ...(fault ? { fault } : {}), ...(head ? { head } : {}) }));
  else if (intact) say(context.io, `The audit trail is as it was written: ${counted(checked, 'entry', 'entries')} checked.`);
  if (unchained > 0 && !context.json) say(context.io, `${counted(unchained, 'entry', 'entries')} at its beginning were written before there was a chain.`);
  if (head && !context.json) say(context.io, `Head: ${head.id}:${head.hash}`);
  if (fault && !context.json) complain(context.io, `The audit trail was tampered with. The first entry that does not fit is ${fault.id}: ${fault.detail} (${fault.why}).`);
  return intact ? EXIT.ok : EXIT.refused;
}

export function addAudit(program: Command, shell: Shell): void {
  const all = program
    .command('audit')
    .description('who changed what, and why, the newest first; with --json also from what to what')
    .option('--customer <id>', "changes to this customer's records")
    .option('--limit <count>', 'how many', positiveInteger, 20)
    .action(action(shell, audit));
  all
    .command('verify')
    .description('check that the trail is as it was written, and name the first entry that does not fit')
    .option('--witness <head>', 'a head that the log told before, as ID:HASH: it must still be a part of the trail')
    .action(action(shell, verify));
}
