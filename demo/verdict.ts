/** The summary, and whether all went as it must: compared between what callers met and what the service recorded. */
import type { Api } from './api.ts';
import { readable } from './cast.ts';
import { isUnprotected, PHASES, type Played } from './outage.ts';
import type { Teller } from './tell.ts';
import { FATES, type Fate, type PlacedCall } from './traffic.ts';

interface LostCaller {
  from: string;
  lastAt: string;
  numbers: string[];
}

interface Expectation {
  what: string;
  holds: boolean;
}

/** How long what the service has been told of a call may take to be in its records, milliseconds. */
const RECORDED_MS = 5000;
const LOOK_MS = 50;
const SHOWN_CALLERS = 5;

function table(calls: readonly PlacedCall[]): (string | number)[][] {
  const row = (name: string, some: readonly PlacedCall[]): (string | number)[] => [name, some.length, ...FATES.map((fate) => some.filter((call) => call.fate === fate).length), some.filter(({ voicemail }) => voicemail).length];
  return [
    ['', 'calls', 'by the PBX', 'saved in the call', 'straight to a backup', 'lost', 'of all: left a message'],
    ...Object.values(PHASES).map((phase) => row(phase, calls.filter((call) => call.phase === phase))),
    row('All', calls),
  ];
}

/** What the service knows of every call, once none is in progress any more. */
async function recorded(api: Api, total: number): Promise<Map<string, string>> {
  const start = performance.now();
  for (;;) {
    const calls = await api.calls();
    const open = calls.filter(({ outcome }) => outcome === 'in-progress').length;
    if ((calls.length >= total && open === 0) || performance.now() - start > RECORDED_MS) return new Map(calls.map(({ ref, outcome }) => [ref, outcome]));
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
  }
}

const RECORDED_AS = (call: PlacedCall): string => (call.fate === 'lost' ? 'lost' : call.voicemail ? 'voicemail' : 'answered');

function expectations({ calls, ownerOf }: Played, records: ReadonlyMap<string, string>, lost: readonly LostCaller[], diversions: readonly { ended?: unknown }[]): Expectation[] {
  const inPhase = (phase: string, ...fates: Fate[]) => {
    const some = calls.filter((call) => call.phase === phase && !isUnprotected(call, ownerOf));
    return some.length > 0 && some.every((call) => fates.includes(call.fate));
  };
  const lostHere = calls.filter(({ fate }) => fate === 'lost');
  return [
    { what: 'on a quiet day and after the restore, every call rang at the PBX', holds: [PHASES.quiet, PHASES.restored].every((phase) => calls.some((call) => call.phase === phase) && calls.every((call) => call.phase !== phase || call.fate === 'primary')) },
    // A call that begins in the instant of an order may meet it: then it goes by what was ordered.
    { what: 'with the PBX dead and nobody aware of it, every call with a plan was saved in the call', holds: inPhase(PHASES.killed, 'saved', 'backup') && calls.some(({ fate }) => fate === 'saved') },
    { what: 'from the very next call after the order to divert, every call with a plan went straight to its backup', holds: inPhase(PHASES.diverted, 'backup') && inPhase(PHASES.everybody, 'backup', 'primary') },
    { what: 'nobody was lost but callers of numbers that had no plan', holds: lostHere.every((call) => isUnprotected(call, ownerOf)) },
    { what: 'the service recorded each call as its caller met it', holds: calls.every((call) => records.get(call.transcript.callSid) === RECORDED_AS(call)) && records.size === calls.length },
    { what: 'the lost-caller list names those callers, and no one else', holds: sameMembers(lost.map(({ from }) => from), lostHere.map(({ from }) => from)) },
    { what: 'there was one diversion, and it is over', holds: diversions.length === 1 && diversions[0]?.ended !== undefined },
    { what: 'the carrier had no complaint about any answer', holds: calls.every(({ transcript }) => transcript.violations.length === 0) },
  ];
}

function sameMembers(left: readonly string[], right: readonly string[]): boolean {
  const [one, other] = [new Set(left), new Set(right)];
  return one.size === other.size && [...one].every((member) => other.has(member));
}

/** Prints the summary; true when everything was as it must be. */
export async function giveVerdict(api: Api, played: Played, tell: Teller): Promise<boolean> {
  const { calls, divertMs, restoreMs } = played;
  const records = await recorded(api, calls.length);
  const lost = (await api.ask<{ items: LostCaller[] }>('GET', '/v1/lost-callers')).items;
  const diversions = (await api.ask<{ items: { ended?: unknown }[] }>('GET', '/v1/diversions')).items;

  tell.phase('Summary', 'Who took the calls, phase by phase:');
  tell.table(table(calls));
  tell.line(`\n  Time to flip, from the order until it held for every call: ${Math.ceil(divertMs)} ms to divert, ${Math.ceil(restoreMs)} ms to restore.`);
  tell.line(`  Lost callers, to be called back (GET /v1/lost-callers): ${lost.length}, all of Elm Street Garage, which had no plan.`);
  for (const { from, lastAt, numbers } of lost.slice(0, SHOWN_CALLERS)) tell.line(`    ${readable(from)} called ${numbers.map(readable).join(', ')} at ${lastAt.slice(11, 19)} UTC`);
  if (lost.length > SHOWN_CALLERS) tell.line(`    and ${lost.length - SHOWN_CALLERS} more`);
  tell.phase('Checked', 'What must be true of all this:');
  const all = expectations(played, records, lost, diversions);
  for (const { what, holds } of all) (holds ? tell.good : tell.bad)(what);
  return all.every(({ holds }) => holds);
}
