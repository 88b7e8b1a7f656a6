/** The play itself: a quiet day, a PBX killed, a diversion, a default plan set, the PBX back. */
import { readFile } from 'node:fs/promises';
import { CUSTOMERS, DEFAULT_PLAN, nameOf, PLANS, PRIMARY, readable, UNPROTECTED } from './cast.ts';
import { ACCOUNT, type Stage } from './stage.ts';
import type { Teller } from './tell.ts';
import { createTraffic, type Fate, type PlacedCall, type Traffic } from './traffic.ts';

export const PHASES = { quiet: '1. A quiet day', killed: '2. The PBX is killed', diverted: '3. Diverted', everybody: '4. A plan for everybody', restored: '5. Restored' } as const;

export interface Played {
  calls: readonly PlacedCall[];
  /** Which customer a number belongs to. */
  ownerOf: ReadonlyMap<string, string>;
  /** From the order to the moment from which it held for every call, milliseconds. */
  divertMs: number;
  restoreMs: number;
}

/** Numbers that are wired at the carrier at the same time. */
const WIRED_AT_ONCE = 8;
const SHOWN_CALLS = 3;
/** Between two calls, at speed 1. */
const CALL_EVERY_MS = 160;

const since = (start: number): number => performance.now() - start;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function populate({ api, twilio }: Stage, tell: Teller): Promise<ReadonlyMap<string, string>> {
  const csv = await readFile(new URL('numbers.csv', import.meta.url), 'utf8');
  const ownerOf = new Map(csv.trim().split('\n').slice(1).map((row) => row.split(',').slice(0, 2) as [string, string]));
  for (const number of ownerOf.keys()) twilio.addNumber(number);

  await api.ask('PUT', '/v1/carriers/main', { kind: 'twilio', name: 'Stand-in Twilio', baseUrl: twilio.url, credentials: { accountSid: ACCOUNT, authToken: 'env:DEMO_TWILIO_TOKEN' } });
  await api.ask('PUT', `/v1/primaries/${PRIMARY.id}`, PRIMARY.record);
  for (const { id, name } of CUSTOMERS) await api.ask('PUT', `/v1/customers/${id}`, { name });
  for (const { id, ...plan } of PLANS) await api.ask('PUT', `/v1/plans/${id}`, plan);
  for (const { id, ...customer } of CUSTOMERS) await api.ask('PUT', `/v1/customers/${id}`, customer);
  tell.fact('plans', `${PLANS.length} backup plans for ${CUSTOMERS.length} customers; one, Elm Street Garage, has none yet`);

  const importing = performance.now();
  const { created, rejected } = await api.importNumbers(csv);
  tell.fact('numbers', `${created} imported from demo/numbers.csv in ${seconds(since(importing))}, ${rejected} rejected`);

  const wiring = performance.now();
  const waiting = [...ownerOf.keys()];
  await Promise.all(Array.from({ length: WIRED_AT_ONCE }, async () => {
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) await api.ask('POST', `/v1/carriers/main/wiring/${encodeURIComponent(number)}`, {});
  }));
  tell.fact('carrier', `${ownerOf.size} numbers wired over its API in ${seconds(since(wiring))}: their calls now ask Ringthrough where to go`);
  return ownerOf;
}

/** `+44 7700 900012 calls Harbour Dental: the PBX fails (503) → Dr Hale is busy → Dr Moss answers`. */
function story({ from, to, transcript, voicemail, fate }: PlacedCall, ownerOf: ReadonlyMap<string, string>): string {
  const words = { completed: 'does not press 1', failed: 'fails', busy: 'is busy', 'no-answer': 'does not answer', canceled: 'is given up' } as const;
  const legs = transcript.steps.flatMap((step) => {
    if (step.what !== 'leg') return [];
    return [`${nameOf(step.to)} ${step.bridged ? 'answers' : words[step.result]}${step.result === 'failed' && step.sipStatus !== undefined ? ` (SIP ${step.sipStatus})` : ''}`];
  });
  if (voicemail) legs.push('leaves a message');
  if (fate === 'lost') legs.push('hears that nobody can be reached');
  const owner = CUSTOMERS.find(({ id }) => id === ownerOf.get(to))?.name ?? to;
  return `${readable(from)} calls ${owner}: ${legs.join(' -> ')}`;
}

const IN_WORDS: Readonly<Record<Fate, string>> = { primary: 'answered by the PBX', saved: 'saved in the call', backup: 'straight to a backup', lost: 'lost' };

/** A few calls that went different ways, and the count of all. */
function report(calls: readonly PlacedCall[], ownerOf: ReadonlyMap<string, string>, tell: Teller): void {
  const different = (key: (call: PlacedCall) => string): PlacedCall[] => [...new Map(calls.toReversed().map((call) => [key(call), call])).values()].toReversed();
  const shown = new Set([...different(({ fate }) => fate), ...different(({ to }) => ownerOf.get(to) ?? '')]);
  for (const call of [...shown].slice(0, SHOWN_CALLS)) tell.fact('e.g.', story(call, ownerOf));
  const counts = (Object.keys(IN_WORDS) as Fate[]).map((fate) => [calls.filter((call) => call.fate === fate).length, IN_WORDS[fate]] as const);
  tell.fact('calls', `${calls.length}: ${counts.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`).join(', ')}`);
}

interface Scene {
  name: keyof typeof PHASES;
  /** What begins it, while calls come in. */
  act(): Promise<unknown>;
  about(): string;
  seconds: number;
}

/** Calls go on from scene to scene; each is told of when all its calls are over. */
async function playScenes(scenes: readonly Scene[], traffic: Traffic, tellOf: (calls: readonly PlacedCall[]) => void, tell: Teller, speed: number): Promise<readonly PlacedCall[]> {
  const calls: PlacedCall[] = [];
  const end = async (name: string): Promise<void> => {
    const some = await traffic.over(name);
    tellOf(some);
    calls.push(...some);
  };
  let before: string | undefined;
  traffic.resume();
  for (const { name, act, about, seconds: length } of scenes) {
    await act();
    const over = new Promise((resolve) => { setTimeout(resolve, (length * 1000) / speed); });
    traffic.phase(PHASES[name]);
    if (before !== undefined) await end(before);
    before = PHASES[name];
    tell.phase(before, about());
    await over;
  }
  await traffic.pause();
  await end(before ?? '');
  return calls;
}

/**
 * @param speed how many times as fast as the minute that it takes otherwise
 */
export async function playOutage(stage: Stage, tell: Teller, speed: number): Promise<Played> {
  const { api, killPbx, startPbx } = stage;
  const ownerOf = await populate(stage, tell);
  const traffic = createTraffic({ twilio: stage.twilio, numbers: [...ownerOf.keys()], everyMs: CALL_EVERY_MS / speed });
  const took = { divert: 0, restore: 0 };
  const turn = async (how: 'divert' | 'restore', reason: string): Promise<void> => {
    const start = performance.now();
    await api.ask('POST', `/v1/primaries/${PRIMARY.id}/${how}`, { reason });
    took[how] = since(start);
  };
  const scenes: Scene[] = [
    { name: 'quiet', seconds: 7, act: async () => {}, about: () => 'The PBX runs. For every call the carrier asks Ringthrough, which answers: ring the PBX first.' },
    {
      name: 'killed', seconds: 9,
      async act() {
        await traffic.pause();
        await killPbx();
        traffic.cutConversations();
        traffic.resume();
      },
      about: () => 'kill -9, and nobody has noticed. The PBX is tried first, fails at once, and the plan takes over in the same call.',
    },
    { name: 'diverted', seconds: 9, act: () => turn('divert', 'the PBX is down'), about: () => `An operator diverts: one request, ${Math.ceil(took.divert)} ms. From the very next call on the PBX is not even tried.` },
    {
      name: 'everybody', seconds: 8,
      async act() {
        await api.ask('PUT', `/v1/plans/${DEFAULT_PLAN.id}`, { destinations: DEFAULT_PLAN.destinations });
        await api.ask('PUT', '/v1/provider', { name: 'The provider', defaultPlan: DEFAULT_PLAN.id });
      },
      about: () => 'Callers of those without a plan are still lost. The provider sets a default plan: an answering service takes their calls too.',
    },
    {
      name: 'restored', seconds: 7,
      async act() {
        await startPbx();
        await turn('restore', 'the PBX is back');
      },
      about: () => `The PBX runs again, and the operator restores: one request, ${Math.ceil(took.restore)} ms. Calls ring at the PBX as before.`,
    },
  ];
  const calls = await playScenes(scenes, traffic, (some) => report(some, ownerOf, tell), tell, speed);
  return { calls, ownerOf, divertMs: took.divert, restoreMs: took.restore };
}

export function isUnprotected({ to, phase }: PlacedCall, ownerOf: ReadonlyMap<string, string>): boolean {
  return ownerOf.get(to) === UNPROTECTED && phase !== PHASES.everybody;
}
