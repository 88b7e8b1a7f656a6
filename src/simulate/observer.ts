/** One router process of a simulated outage: it probes, looks at its reference targets, and hears how its calls end. */
import type { Sight } from '../../rules/diagnose/view.ts';
import type { Watch } from '../../rules/diagnose/watch.ts';
import { CALLS_COUNT_MS, createPrimaryCalls, type PrimaryCalls } from '../../rules/primary-calls.ts';
import type { Evidence } from '../domain/evidence.ts';
import { thresholdsOf, type HealthPolicy } from '../domain/health-policy.ts';
import type { LegResult } from '../domain/leg.ts';
import type { Agenda } from './agenda.ts';
import type { SimulatedBoard } from './board.ts';
import { createDice, type Dice } from './dice.ts';
import type { Scenario } from './scenario.ts';
import { PROBE_TIMEOUT_MS, type ProbeAnswer, type World } from './world.ts';

export interface Observer {
  /** As sources name it. */
  readonly name: string;
  /** Neither paused nor without a network. */
  answersCalls(): boolean;
  isPaused(): boolean;
  sight(): Sight;
  watches: Map<string, Watch>;
  /** One call that it offered to a primary. */
  called(primary: string, number: string, result: LegResult): void;
  /** Tells the board what its calls say. */
  tellOfCalls(): void;
  start(): void;
}

interface Options {
  scenario: Scenario;
  index: number;
  world: World;
  board: SimulatedBoard;
  agenda: Agenda;
  policy: HealthPolicy;
  seed: number;
}

const DEFAULT_EVERY_SECONDS = 2;
/** A probe that misses is tried again so much later; then it is down. */
const SECOND_TRY_MS = 100;
const REFERENCE_EVERY_MS = 2000;
/** Carriers tell of a call that could not be delivered after; others when the talk is over, on average after. Milliseconds. */
const FAILED_AFTER_MS = 1000;
const TALK_MS = 120_000;

const SAID: Readonly<Record<ProbeAnswer | 'unknown', string>> = { unknown: 'no answer, nor from any reference target', up: 'answered', degraded: 'answered slowly or at the second try', overloaded: '503 with Retry-After', down: 'no answer to 2 tries' };

export function createObserver({ scenario, index, world, board, agenda, policy, seed }: Options): Observer {
  const name = `p${index}`;
  const dice = createDice(seed, `observer ${index}`);
  const watches = new Map<string, Watch>();
  const health = new Map<string, PrimaryCalls>();
  let sight: Sight = 'unknown';

  const truth = () => world.observer(index);

  function healthOf(primary: string): PrimaryCalls {
    let known = health.get(primary);
    if (!known) health.set(primary, (known = createPrimaryCalls()));
    return known;
  }

  function probe(primary: string, probeId: string, everyMs: number): void {
    if (truth() === 'paused') return;
    // What misses is put down to us when the reference targets, asked at once, are silent too (src/health/probes/look.ts).
    const claim = truth() === 'cut-off' ? 'unknown' : world.probe(primary, dice);
    const took = claim === 'down' || claim === 'unknown' ? 2 * PROBE_TIMEOUT_MS + SECOND_TRY_MS : 1;
    agenda.at(agenda.now + took, () => {
      if (truth() === 'paused') return;
      const at = agenda.now;
      const evidence: Evidence = { primary, source: `probe/${name}/${probeId}`, group: 'probes', claim, weight: 1, at, expiresAt: at + Math.max(6000, 3 * everyMs), because: SAID[claim] };
      board.tell(evidence);
    });
  }

  function lookAround(): void {
    if (truth() === 'paused') return;
    const lost = truth() === 'cut-off';
    agenda.at(agenda.now + (lost ? PROBE_TIMEOUT_MS : 1), () => {
      if (truth() !== 'paused') sight = lost ? 'lost' : 'reached';
    });
  }

  function startProbes(ownDice: Dice): void {
    for (const { id, probes = [{ kind: 'sip-options' }] } of scenario.primaries) {
      for (const [at, { kind, everySeconds = DEFAULT_EVERY_SECONDS }] of probes.entries()) {
        const everyMs = everySeconds * 1000;
        agenda.every(everyMs, agenda.now + Math.round(ownDice.roll() * everyMs), () => probe(id, `${kind}-${at}`, everyMs));
      }
    }
  }

  return {
    name,
    watches,
    answersCalls: () => truth() === 'up',
    isPaused: () => truth() === 'paused',
    sight: () => sight,
    called(primary, number, result) {
      const calls = healthOf(primary);
      const offeredAt = agenda.now;
      calls.came(offeredAt);
      calls.offered(offeredAt);
      agenda.at(offeredAt + (result.end === 'failed' ? FAILED_AFTER_MS : Math.round(dice.gap(1 / TALK_MS))), () => {
        calls.ended(agenda.now, offeredAt, number, result);
      });
    },
    tellOfCalls() {
      for (const [primary, calls] of health) {
        const now = agenda.now;
        const all = calls.says(now, thresholdsOf(policy, primary).calls);
        for (const group of ['calls', 'traffic'] as const) {
          const source = `${group}/${name}`;
          const says = all[group];
          if (says) board.tell({ primary, source, group, ...says, at: Math.round(says.at), expiresAt: now + CALLS_COUNT_MS });
          else board.withdraw(primary, source);
        }
      }
    },
    start() {
      const from = agenda.now + dice.pick(REFERENCE_EVERY_MS);
      agenda.every(REFERENCE_EVERY_MS, from, lookAround);
      startProbes(dice);
    },
  };
}
