/** `ringthrough status`: is the service well, what is so with each primary, and how many numbers have a backup plan. */
import type { Command } from 'commander';
import { action, emit, listed, part, type Context, type Shell } from '../context.ts';
import { say } from '../io.ts';
import { counted, pairs, table } from '../layout.ts';

/** As wide as the names below it, which come later. */
const SERVICE = 'Service  ';

interface Health {
  status: string;
  detail: string;
  setAside: number;
}

interface PrimaryStatus {
  id: string;
  status: { state: string; numbers: number; unprotected: number; why: string };
}

/** Primaries asked for at the same time. */
const AT_ONCE = 10;
/** Unprotected numbers that are named. */
const NAMED = 5;

async function primariesOf({ client }: Context): Promise<PrimaryStatus[]> {
  const ids: string[] = [];
  for await (const { id } of listed<{ id: string }>(client, '/v1/primaries', {})) ids.push(id);
  const all: PrimaryStatus[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const replies = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => client.ask<PrimaryStatus>('GET', `/v1/primaries/${part(id)}`)));
    all.push(...replies.map(({ body }) => body));
  }
  return all;
}

async function unprotectedNumbers({ client }: Context): Promise<string[]> {
  const numbers: string[] = [];
  for await (const { number } of listed<{ number: string }>(client, '/v1/numbers', { protected: 'false' }, NAMED)) numbers.push(number);
  return numbers;
}

function protection(numbers: number, unprotected: number, named: readonly string[]): string {
  if (numbers === 0) return 'none yet; `ringthrough import FILE` brings them in';
  if (unprotected === 0) return `${numbers}, each with a backup plan`;
  const more = unprotected > named.length ? ' …' : '';
  return `${numbers}, of which ${unprotected} WITHOUT a backup plan: ${named.join(', ')}${more}`;
}

async function status(context: Context): Promise<void> {
  const { client, io, json } = context;
  const { body: health } = await client.ask<Health>('GET', '/healthz', { open: true });
  // Said at once: it is worth something even to those who have no key.
  if (!json) say(io, ...pairs([[SERVICE, `${health.status}: ${health.detail}`], ...(health.setAside > 0 ? [[SERVICE, `${counted(health.setAside, 'record')} set aside: they cannot be read`] as const] : [])]));
  const primaries = await primariesOf(context);
  const sum = (field: 'numbers' | 'unprotected'): number => primaries.reduce((total, primary) => total + primary.status[field], 0);
  const [numbers, unprotected] = [sum('numbers'), sum('unprotected')];
  if (json) return emit(context, JSON.stringify({ health, numbers, unprotected, primaries }));
  const diverted = primaries.filter((primary) => primary.status.state === 'down').length;
  say(
    io,
    ...pairs([
      ['Numbers', protection(numbers, unprotected, unprotected > 0 ? await unprotectedNumbers(context) : [])],
      ['Primaries', primaries.length === 0 ? 'none yet' : `${primaries.length}, ${diverted === 0 ? 'none' : diverted} diverted`],
    ]),
  );
  if (primaries.length > 0) say(io, '', ...table(['primary', 'state', 'numbers', 'no plan', 'why'], primaries.map(({ id, status: { state, numbers: own, unprotected: bare, why } }) => [id, state, String(own), String(bare), why])));
}

export function addStatus(program: Command, shell: Shell): void {
  program.command('status').description('is the service well, what is so with each primary and why, which numbers have no backup plan').action(action(shell, status));
}
