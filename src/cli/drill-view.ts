/** Drills for people: how far one is, and what it came to. Shared by `drill` and `drills`. */
import { part, type Context } from './context.ts';
import { EXIT, type Exit } from './exits.ts';
import { say, sleep, type Progress } from './io.ts';
import { counted, moment, table } from './layout.ts';

export interface DrillTest {
  to: string;
  plans: string[];
  is: string;
  means: string;
  heldBack?: { code: string; means: string };
  why?: string;
  times: Partial<Record<'accepted' | 'effective' | 'answered' | 'confirmed' | 'ended', number>>;
}

export interface DrillSummary {
  id: string;
  state: 'waiting' | 'running' | 'stopping' | 'done' | 'stopped' | 'expired';
  at: string;
  endedAt?: string;
  counts: Record<string, number>;
}

export interface DrillView extends DrillSummary {
  tests: DrillTest[];
  rehearsed?: { primary: string; detect?: number; decide?: number; why?: string }[];
}

/** Between two looks at a drill that is under way, milliseconds. */
const LOOK_MS = 500;
const UNDER_WAY: readonly DrillSummary['state'][] = ['waiting', 'running', 'stopping'];
/** Somebody was called, and did not say that he is there. */
const WRONG = ['unconfirmed', 'busy', 'no-answer', 'failed'];

export const countText = (counts: Record<string, number>): string => Object.entries(counts).map(([is, count]) => `${count} ${is}`).join(', ');

/** `Calling: 3 of 5 done; 1 ringing, 1 waiting (the destination is closed at this hour)`. */
export function progressLine({ state, tests }: DrillView): string {
  const open = tests.filter(({ is }) => ['waiting', 'calling', 'ringing', 'asking'].includes(is));
  const now: Record<string, number> = {};
  for (const { is, heldBack } of open) {
    const what = heldBack ? `${is} (${heldBack.means})` : is;
    now[what] = (now[what] ?? 0) + 1;
  }
  return `${state === 'stopping' ? 'Stopping' : 'Calling'}: ${tests.length - open.length} of ${tests.length} done${open.length > 0 ? `; ${countText(now)}` : ''}`;
}

/** Stays until the drill has ended. */
export async function untilEnded({ client, io }: Context, id: string, progress: Progress): Promise<{ text: string; body: DrillView }> {
  for (;;) {
    const reply = await client.ask<DrillView>('GET', `/v1/drills/${part(id)}`);
    if (!UNDER_WAY.includes(reply.body.state)) return reply;
    progress.show(progressLine(reply.body));
    await sleep(io, LOOK_MS);
  }
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`);

export function report({ io }: Context, { id, state, at, counts, tests, rehearsed = [] }: DrillView): void {
  const rows = tests.map(({ to, is, means, heldBack, why, times }) => [to, is, seconds(times.accepted), seconds(times.effective), seconds(times.answered), seconds(times.confirmed), why ?? heldBack?.means ?? means]);
  const failures = rehearsed.map(({ primary, detect, decide, why }) => [primary, seconds(detect), seconds(decide), why ?? 'its failure, played with its probes alone, without any call or alert']);
  say(io, `Drill ${id} of ${moment(at)} is ${state}: ${counted(tests.length, 'destination')}, ${countText(counts)}.`, '', ...table(['destination', 'is', 'accepted', 'effective', 'answered', 'confirmed', 'means'], rows), ...(failures.length > 0 ? ['', ...table(['primary', 'detect', 'decide', 'means'], failures)] : []));
}

/** Of one that goes on nothing is said yet. */
export function exitOf({ state, tests }: DrillView): Exit {
  if (UNDER_WAY.includes(state)) return EXIT.ok;
  if (tests.some(({ is }) => WRONG.includes(is))) return EXIT.refused;
  return tests.every(({ is }) => is === 'proven') ? EXIT.ok : EXIT.partly;
}
