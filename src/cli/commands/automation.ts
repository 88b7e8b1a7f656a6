/** What people say to automation: `hold` and `release` a primary, `approve` or `refuse` what it asks, `automation stop` and `go` for all. */
import type { Command } from 'commander';
import { action, part, show, type Context, type Shell } from '../context.ts';
import { moment } from '../layout.ts';

interface Said {
  by: { key: string };
  reason: string;
  at: string;
}

async function hold(context: Context, primary: string, { reason, until }: { reason: string; until?: string }): Promise<void> {
  const { text, body } = await context.client.ask<Said & { until?: string }>('PUT', `/v1/primaries/${part(primary)}/hold`, { json: { reason, ...(until === undefined ? {} : { until }) } });
  show(context, text, () => [`${primary} stays as it is${body.until === undefined ? '' : ` until ${moment(body.until)} UTC`}: nothing is diverted or restored by itself. By hand it is as always.`]);
}

async function release(context: Context, primary: string): Promise<void> {
  const { text } = await context.client.ask('DELETE', `/v1/primaries/${part(primary)}/hold`);
  show(context, text, () => [`${primary}: automation acts on it again.`]);
}

function answer(says: 'approve' | 'refuse') {
  return async (context: Context, primary: string, { reason }: { reason: string }): Promise<void> => {
    const { text, body } = await context.client.ask<{ action: string; meaning: string }>('POST', `/v1/primaries/${part(primary)}/${says}`, { json: { reason } });
    show(context, text, () => [`${primary}: ${body.action} is ${says === 'approve' ? 'agreed to, and done within seconds unless the evidence is otherwise by then' : 'refused'} (${body.meaning}).`]);
  };
}

function told(stop: Said | undefined): string[] {
  return [stop ? `Automation is STOPPED everywhere since ${moment(stop.at)} UTC by ${stop.by.key}: ${stop.reason}` : 'Automation is not stopped.'];
}

function automation(method: 'GET' | 'PUT' | 'DELETE') {
  return async (context: Context, { reason }: { reason?: string }): Promise<void> => {
    const { text, body } = await context.client.ask<{ stop?: Said }>(method, method === 'GET' ? '/v1/automation' : '/v1/automation/stop', method === 'PUT' ? { json: { reason } } : {});
    show(context, text, () => told(body.stop));
  };
}

export function addAutomation(program: Command, shell: Shell): void {
  const why = ['--reason <text>', 'why: goes into the audit trail'] as const;
  program.command('hold').description('keep a primary as it is, whatever the evidence').argument('<primary>', 'id of the primary').requiredOption(...why).option('--until <time>', 'ends by itself then, RFC 3339').action(action(shell, hold));
  program.command('release').description('let automation act on a held primary again').argument('<primary>', 'id of the primary').action(action(shell, release));
  program.command('approve').description('agree to what automation asks to do with a primary').argument('<primary>', 'id of the primary').requiredOption(...why).action(action(shell, answer('approve')));
  program.command('refuse').description('refuse what automation asks to do with a primary').argument('<primary>', 'id of the primary').requiredOption(...why).action(action(shell, answer('refuse')));
  const all = program.command('automation').description('whether anything is diverted or restored by itself at all');
  all.command('show').description('whether it is stopped, by whom and why').action(action(shell, automation('GET')));
  all.command('stop').description('nothing is diverted or restored by itself; by hand it is as always').requiredOption(...why).action(action(shell, automation('PUT')));
  all.command('go').description('let automation act again').action(action(shell, automation('DELETE')));
}
