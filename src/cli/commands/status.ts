/** `ringthrough status`: is the service well, what is so with each primary, and how many numbers have a backup plan. */
import type { Command } from 'commander';
import { action, emit, listed, part, type Context, type Shell } from '../context.ts';
import { say } from '../io.ts';
import { counted, moment, pairs, table } from '../layout.ts';
import { whyMixed, type RouteView } from './conflicts.ts';

/** As wide as the names below it, which come later. */
const SERVICE = 'Service  ';

interface Health {
  status: string;
  detail: string;
  setAside: number;
}

interface PrimaryStatus {
  id: string;
  status: { state: string; numbers: number; unprotected: number; why: string; asked?: { action: string }; heldBack?: { action: string; because: string }; evidence?: { claim: string; group: string; source: string; at: string; because: string }[] };
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

interface CarrierAtWork {
  carrier: string;
  numbers: number;
  writesPerSecond: number;
  pauseSeconds: number;
  failing: boolean;
}

/** Claims that are named. */
const CLAIMS_NAMED = 20;

/** What speaks against primaries; nothing where all is seen to be well, or nobody looks. */
function evidenceLines(primaries: readonly PrimaryStatus[]): string[] {
  const against = primaries.flatMap(({ id, status: { evidence = [] } }) => evidence.filter(({ claim }) => claim !== 'up').map(({ claim, group, source, at, because }) => [id, claim, group, moment(at), because, source]));
  if (against.length === 0) return [];
  const more = against.length > CLAIMS_NAMED ? [`and ${against.length - CLAIMS_NAMED} more`] : [];
  return ['', ...table(['primary', 'seen', 'group', 'at (utc)', 'because', 'by'], against.slice(0, CLAIMS_NAMED)), ...more];
}

interface DivertedNumbers {
  id: string;
  primary: string;
  ended: boolean;
  progress: { numbers: number; left: number; perSecond?: number; etaSeconds?: number; states: Record<string, number>; carriers: CarrierAtWork[] };
  /** Some of those that are not as they are to be. */
  behind: RouteView[];
}

/** Diversions looked at, the newest; and their numbers that are named. */
const DIVERSIONS = 20;
const BEHIND = 20;
const AS_IT_SHOULD_BE = ['in step', 'diverted'];

/** Of the diversions that go on, or have numbers that are not yet put back. */
async function divertedNumbers({ client }: Context): Promise<DivertedNumbers[]> {
  const all: DivertedNumbers[] = [];
  for await (const { id, primary, ended } of listed<{ id: string; primary: string; ended?: object }>(client, '/v1/diversions', {}, DIVERSIONS)) {
    const path = `/v1/diversions/${part(id)}/numbers`;
    const { body: { progress } } = await client.ask<Pick<DivertedNumbers, 'progress'>>('GET', path, { query: { limit: 1 } });
    if (progress.numbers === 0 || (ended && progress.left === 0 && progress.numbers === progress.states['in step'])) continue;
    const behind: RouteView[] = [];
    const wanted = Object.entries(progress.states).reduce((sum, [state, count]) => sum + (AS_IT_SHOULD_BE.includes(state) ? 0 : count), 0);
    if (wanted > 0) {
      for await (const item of listed<RouteView>(client, path, {})) {
        if (!AS_IT_SHOULD_BE.includes(item.is)) behind.push(item);
        if (behind.length >= Math.min(BEHIND, wanted)) break;
      }
    }
    all.push({ id, primary, ended: ended !== undefined, progress, behind });
  }
  return all;
}

function heldUp({ pauseSeconds, failing }: CarrierAtWork): string {
  if (failing) return `its API fails, and is tried again in ${pauseSeconds} s`;
  return pauseSeconds === 0 ? '' : `for ${pauseSeconds} s, as the carrier asked`;
}

function numberLines(diversions: readonly DivertedNumbers[]): string[] {
  if (diversions.length === 0) return ['', 'At the carriers every number is as it should be.'];
  const rows = diversions.map(({ id, primary, ended, progress: { numbers, left, etaSeconds, states } }) => {
    const count = (state: string): string => String(states[state] ?? 0);
    return [id, primary, ended ? 'restoring' : 'diverting', String(numbers), String(left), count('failed'), count('conflict'), count('no plan'), left === 0 ? 'done' : etaSeconds === undefined ? '' : `${etaSeconds} s`];
  });
  const behind = diversions.flatMap((diversion) => diversion.behind);
  const whyBehind = (item: RouteView): string => [item.why?.detail ?? item.dropped.map(({ to, why: reason }) => `${to} ${reason}`).join(', '), whyMixed(item)].filter((text) => text !== '').join('; ');
  const working = diversions.flatMap(({ id, progress: { left, carriers } }) => (left === 0 ? [] : carriers.map((one) => [id, one.carrier, String(one.numbers), String(one.writesPerSecond), heldUp(one)])));
  const named = behind.map((item) => [item.number, item.carrier, item.is, String(item.attempts), whyBehind(item)]);
  return [
    '', ...table(['diversion', 'primary', 'at the carriers', 'numbers', 'left', 'failed', 'conflict', 'no plan', 'to go'], rows),
    ...(working.length === 0 ? [] : ['', ...table(['diversion', 'carrier', 'numbers', 'writes a second', 'held up'], working)]),
    ...(named.length === 0 ? [] : ['', ...table(['number', 'carrier', 'is', 'tries', 'why'], named)]),
  ];
}

/** The sentence, with what automation would do and does not. */
function whyOf({ id, status: { why, asked, heldBack } }: PrimaryStatus): string {
  if (asked) return `${why} Automation asks for \`${asked.action}\`: \`ringthrough approve ${id}\`, or refuse.`;
  return heldBack ? `${why} Held back: ${heldBack.action}. ${heldBack.because}` : why;
}

async function status(context: Context, { numbers: withNumbers = false }: { numbers?: boolean }): Promise<void> {
  const { client, io, json } = context;
  const { body: health } = await client.ask<Health>('GET', '/healthz', { open: true });
  // Said at once: it is worth something even to those who have no key.
  if (!json) say(io, ...pairs([[SERVICE, `${health.status}: ${health.detail}`], ...(health.setAside > 0 ? [[SERVICE, `${counted(health.setAside, 'record')} set aside: they cannot be read`] as const] : [])]));
  const primaries = await primariesOf(context);
  const sum = (field: 'numbers' | 'unprotected'): number => primaries.reduce((total, primary) => total + primary.status[field], 0);
  const [numbers, unprotected] = [sum('numbers'), sum('unprotected')];
  const diversions = withNumbers ? await divertedNumbers(context) : undefined;
  if (json) return emit(context, JSON.stringify({ health, numbers, unprotected, primaries, ...(diversions ? { diversions } : {}) }));
  const diverted = primaries.filter((primary) => primary.status.state === 'down').length;
  say(
    io,
    ...pairs([
      ['Numbers', protection(numbers, unprotected, unprotected > 0 ? await unprotectedNumbers(context) : [])],
      ['Primaries', primaries.length === 0 ? 'none yet' : `${primaries.length}, ${diverted === 0 ? 'none' : diverted} diverted`],
    ]),
  );
  if (primaries.length > 0) say(io, '', ...table(['primary', 'state', 'numbers', 'no plan', 'why'], primaries.map((primary) => [primary.id, primary.status.state, String(primary.status.numbers), String(primary.status.unprotected), whyOf(primary)])));
  say(io, ...evidenceLines(primaries));
  if (diversions) say(io, ...numberLines(diversions));
}

export function addStatus(program: Command, shell: Shell): void {
  program.command('status').description('is the service well, what is so with each primary and why, which numbers have no backup plan').option('--numbers', 'also what is so with numbers whose routing is set at their carriers').action(action(shell, status));
}
