/** `ringthrough keys`: who may do what. */
import { Option, type Command } from 'commander';
import { ROLES } from '../../domain/key.ts';
import { action, part, show, showList, type Context, type Shell } from '../context.ts';
import { CliFault, EXIT, usageFault } from '../exits.ts';
import { say } from '../io.ts';
import { moment, tableOr } from '../layout.ts';

interface Key {
  id: string;
  role: string;
  customer?: string;
  name?: string;
  expiresAt?: string;
  key?: string;
  status?: { lastUsedAt?: string };
}

interface CreateOptions {
  role: string;
  customer?: string;
  name?: string;
  expires?: string;
}

async function list(context: Context): Promise<void> {
  const row = ({ id, role, customer, expiresAt, name, status }: Key): string[] => [id, role, customer ?? '', moment(expiresAt), moment(status?.lastUsedAt), name ?? ''];
  await showList<Key>(context, { path: '/v1/keys', lines: (items) => tableOr('No keys.', ['id', 'role', 'customer', 'expires (UTC)', 'last used (UTC)', 'name'], items.map(row)) });
}

/** A moment as the API takes it; a mere date is its beginning in UTC. */
function instant(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw usageFault(`${text} is not a moment such as 2027-01-31 or 2027-01-31T12:00:00Z`);
  return new Date(at).toISOString();
}

async function create(context: Context, id: string, { role, customer, name, expires }: CreateOptions): Promise<void> {
  const json = { role, ...(customer === undefined ? {} : { customer }), ...(name === undefined ? {} : { name }), ...(expires === undefined ? {} : { expiresAt: instant(expires) }) };
  try {
    // Without this a key of the same name would be changed, and no new one be shown.
    const { text, body } = await context.client.ask<Key>('PUT', `/v1/keys/${part(id)}`, { json, headers: { 'if-none-match': '*' } });
    show(context, text, () => [`Key ${body.id} (${body.role}${body.customer === undefined ? '' : ` of ${body.customer}`}), shown this once:`, '', `  ${body.key ?? ''}`, '', 'Use it with: export RINGTHROUGH_KEY=…']);
  } catch (error) {
    if (!(error instanceof CliFault) || error.code !== 'etag_mismatch') throw error;
    throw new CliFault(EXIT.refused, error.code, `There is a key ${id} already`, { hints: ['choose another id, or delete it first'] });
  }
}

interface Rotated {
  id: string;
  key: string;
  oldKeyUntil?: string;
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90m` as seconds. */
function secondsOf(text: string): number {
  const [, count, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw usageFault(`${text} is not a time such as 45m, 12h or 7d`);
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}

async function rotate(context: Context, id: string, { grace }: { grace?: string }): Promise<void> {
  const json = grace === undefined ? {} : { graceSeconds: secondsOf(grace) };
  const { text, body } = await context.client.ask<Rotated>('POST', `/v1/keys/${part(id)}/rotate`, { json });
  const old = body.oldKeyUntil === undefined ? 'The old key opens nothing any more.' : `The old key is good until ${moment(body.oldKeyUntil)} (UTC).`;
  show(context, text, () => [`New key ${body.id}, shown this once:`, '', `  ${body.key}`, '', old]);
}

async function remove(context: Context, id: string): Promise<void> {
  await context.client.ask('DELETE', `/v1/keys/${part(id)}`);
  if (!context.json) say(context.io, `Key ${id} is deleted: it opens nothing any more.`);
}

export function addKeys(program: Command, shell: Shell): void {
  const keys = program.command('keys').description('who may do what');
  keys.command('list').description('the keys there are; never the keys themselves').action(action(shell, list));
  keys
    .command('create')
    .description('make a key; it is shown this once')
    .argument('<id>', 'what to call it, e.g. ops-desk')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--customer <id>', 'it sees this customer alone')
    .option('--name <text>', 'whose it is')
    .option('--expires <moment>', 'until when it holds, e.g. 2027-01-31')
    .action(action(shell, create));
  keys
    .command('rotate')
    .description('make a new key in place of the old one; it is shown this once')
    .argument('<id>', 'its id')
    .option('--grace <time>', 'how long the old key stays good, e.g. 12h or 7d; without it, it ends at once')
    .action(action(shell, rotate));
  keys.command('delete').description('take a key away').argument('<id>', 'its id').action(action(shell, remove));
}
