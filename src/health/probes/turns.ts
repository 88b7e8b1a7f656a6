/** Takes the turns of one question after another, each at its own place within its interval, and tells the board what was seen. */
import type { Logger } from 'pino';
import { afterClaim, claimHoldsMs, isDoubtful, NEW_PACE, untilNextTurn, type Pace } from '../../../rules/probe-pace.ts';
import type { ProbeVerdict } from '../../../rules/probe-verdict.ts';
import { fnv1a } from '../../domain/hash.ts';
import type { ProbePolicy } from '../../domain/health-policy.ts';
import type { Probe } from '../../domain/probe.ts';
import type { System } from '../../system/system.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import type { PauseWatch } from '../pause-watch.ts';
import type { References } from '../references.ts';
import { createLook, type Target } from './look.ts';

export interface Loop extends Target {
  key: string;
  /** Whom the board is told that it is from. */
  source: string;
  /** Whom it is about. */
  primaries: Set<string>;
  /** Within its interval, 0 to 1. */
  place: number;
  pace: Pace;
  turns: number;
  said: ProbeVerdict | undefined;
  cancel: () => void;
  ended: boolean;
}

export interface TurnsOptions {
  board: Pick<EvidenceBoard, 'tell'>;
  policy(): ProbePolicy;
  references: Pick<References, 'proofSince'>;
  watch: Pick<PauseWatch, 'generation'>;
  system: System;
  log: Logger;
  /** Told of each turn; `seconds` where there was an answer. */
  count?(kind: Probe['kind'], claim: ProbeVerdict['claim'] | 'discarded', seconds: number | undefined): void;
}

export interface Turns {
  /** Begins to ask. */
  begin(target: Pick<Loop, 'key' | 'probe' | 'timeoutMs' | 'source' | 'asker' | 'place'>): Loop;
  end(loop: Loop): void;
  /** Tells what was seen last. */
  tell(loop: Loop): void;
  /** Takes back what was seen: nobody knows whether it still holds. */
  forget(loop: Loop, because: string): void;
}

/** The first turn comes within this time, however long the interval, milliseconds. */
const FIRST_WITHIN_MS = 2000;

export function createTurns({ board, policy, references, watch, system, log, count }: TurnsOptions): Turns {
  const { timers, steady, clock } = system;
  const look = createLook({ policy, references, system });

  const everyMs = ({ probe }: Loop): number => (probe.everySeconds ?? policy().everySeconds) * 1000;

  function tell(loop: Loop): void {
    if (!loop.said) return;
    const { claim, weight, because } = loop.said;
    const at = clock.now();
    const expiresAt = at + claimHoldsMs(everyMs(loop), loop.timeoutMs);
    for (const primary of loop.primaries) board.tell({ primary, source: loop.source, group: 'probes', claim, weight, at, expiresAt, because });
  }

  function say(loop: Loop, verdict: ProbeVerdict): void {
    if (loop.said && loop.said.claim !== verdict.claim) log.info({ primaries: [...loop.primaries].slice(0, 10), probe: loop.source, claim: verdict.claim, because: verdict.because }, 'a probe sees otherwise than before');
    loop.said = verdict;
    tell(loop);
  }

  function untilNext(loop: Loop): number {
    const { doubtfulEveryMs, settledAfter } = policy();
    const chance = fnv1a(`${loop.key} ${loop.turns}`) / 2 ** 32;
    const regular = untilNextTurn({ now: steady(), everyMs: everyMs(loop), place: loop.place, chance });
    // Who is overloaded is not asked more often for that.
    const hurried = loop.said !== undefined && loop.said.claim !== 'overloaded' && isDoubtful(loop.pace, settledAfter);
    return hurried ? Math.min(doubtfulEveryMs, regular) : regular;
  }

  function schedule(loop: Loop, wait = untilNext(loop)): void {
    if (loop.ended) return;
    const { generation } = watch;
    loop.cancel = timers.after(wait, () => {
      // It stood still, and so are all others due at once: each goes back to its own place.
      if (watch.generation !== generation) schedule(loop);
      else void turn(loop);
    });
  }

  async function turn(loop: Loop): Promise<void> {
    const { generation } = watch;
    loop.turns += 1;
    try {
      const { outcome, verdict } = await look(loop, () => loop.ended);
      if (loop.ended) return;
      if (watch.generation === generation) {
        loop.pace = afterClaim(loop.pace, verdict.claim);
        say(loop, verdict);
        count?.(loop.probe.kind, verdict.claim, outcome.is === 'answered' ? outcome.ms / 1000 : undefined);
      } else count?.(loop.probe.kind, 'discarded', undefined);
    } catch (error) {
      log.error({ err: error, probe: loop.source }, 'a probe failed here');
    }
    schedule(loop);
  }

  return {
    begin(target) {
      const loop: Loop = { ...target, primaries: new Set(), pace: NEW_PACE, turns: 0, said: undefined, cancel: () => undefined, ended: false };
      schedule(loop, loop.place * Math.min(FIRST_WITHIN_MS, everyMs(loop)));
      return loop;
    },
    end(loop) {
      loop.ended = true;
      loop.cancel();
      loop.asker.close();
    },
    tell,
    forget(loop, because) {
      loop.pace = NEW_PACE;
      if (loop.said) say(loop, { claim: 'unknown', weight: 0.1, because });
    },
  };
}
