/**
 * Looks at every primary once a second, judges its health (rules/judge.ts) and has carried out what follows. Every process does: the
 * first that writes wins, and the others see what it wrote. Without Redis a process judges by what it sees itself and turns its own answers alone; when Redis is
 * back it judges anew from what is written there.
 */
import type { Logger } from 'pino';
import { judge, type Judgement } from '../../rules/judge.ts';
import { NOT_LOOKED, type Watch } from '../../rules/diagnose/watch.ts';
import type { Word } from '../../rules/operators-word.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { codeOf } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import { fnv1a } from '../domain/hash.ts';
import { thresholdsOf, type HealthPolicy } from '../domain/health-policy.ts';
import type { PrimaryState } from '../domain/primary.ts';
import { newDiversionId } from '../diversion/order.ts';
import type { FollowerStatus } from '../store/follower.ts';
import type { Store } from '../store/store.ts';
import type { System } from '../system/system.ts';
import { carryOutJudgement } from './carry-out.ts';
import type { EvidenceBoard } from './evidence-board.ts';
import { healthFacts, type Looker } from './health-facts.ts';
import { recordOf, turnedState } from './turned-state.ts';

export interface Keeper {
  /** The last judgement of a primary in this process; undefined before the first, and of one that nobody sees. */
  about(primary: string): Judgement | undefined;
  start(): void;
  /** Ends after the commits that are under way. */
  stop(): Promise<void>;
}

export interface KeeperOptions {
  store: Pick<Store, 'find' | 'commit'>;
  table(): RoutingTable;
  board: Pick<EvidenceBoard, 'about'>;
  looker: Looker;
  policy(): HealthPolicy;
  follower: { status(): Pick<FollowerStatus, 'is'> };
  /** Puts a state over the one from Redis in this process, and takes it away again. */
  words: { say(primary: string, state: PrimaryState, word: Word): void; unsay(primary: string): void };
  /** True while an operator's order waits on the local disk: it has the last word. */
  isPending(primary: string): boolean;
  /** Told of what was done or held back, by this process, once. */
  told(primary: string, judgement: Judgement): void;
  system: System;
  log: Logger;
}

/** Each primary is looked at once in so long, milliseconds; not all at the same moment. */
const LOOK_MS = 1000;
const TURNS = 10;

export function createKeeper({ store, table, board, looker, policy, follower, words, isPending, told, system, log }: KeeperOptions): Keeper {
  const { clock, timers, random } = system;
  const watches = new Map<string, Watch>();
  const judgements = new Map<string, Judgement>();
  /** States that hold here alone, while Redis is away. */
  const alone = new Map<string, PrimaryState>();
  const writing = new Map<string, Promise<void>>();
  let turn = 0;
  let endLooks = (): void => undefined;

  function judged(primary: string, state: PrimaryState, evidence: readonly Evidence[], watch: Watch): Judgement {
    const facts = healthFacts(looker, table(), primary, state, (other) => table().state(other));
    return judge({ known: recordOf(state), watch, evidence, facts, policy: policy(), now: clock.now() });
  }

  function announce(primary: string, judgement: Judgement): void {
    const { transition, blocked, finding, why } = judgement;
    if (!transition && blocked?.isNew !== true) return;
    if (transition) log.warn({ primary, action: transition.action, from: transition.from, to: transition.to, diagnosis: finding.is, share: transition.share, why }, 'automation has turned a primary');
    else if (blocked) log.warn({ primary, action: blocked.action, brake: blocked.brake, diagnosis: finding.is, why }, 'automation is held back by a brake');
    told(primary, judgement);
  }

  async function write(primary: string, evidence: readonly Evidence[], watch: Watch): Promise<void> {
    const at = clock.now();
    try {
      const result = await carryOutJudgement(store, {
        primary, evidence, at,
        judge: (state) => judged(primary, state, evidence, watch),
        thresholds: thresholdsOf(policy(), primary),
        diversion: newDiversionId(at, random),
      });
      if (result.is === 'written') announce(primary, result.judgement);
    } catch (error) {
      // While Redis is away this process soon knows it, and judges for itself.
      if (codeOf(error) === 'store_unavailable') log.debug({ err: error, primary }, 'a judgement could not be written yet');
      else log.error({ err: error, primary }, 'a judgement could not be carried out');
    } finally {
      writing.delete(primary);
    }
  }

  /** For this process's own answers. */
  function turnAlone(primary: string, before: PrimaryState, judgement: Judgement): void {
    const at = clock.now();
    const state = turnedState(before, judgement, thresholdsOf(policy(), primary), newDiversionId(at, random));
    alone.set(primary, state);
    if (!judgement.transition) return;
    words.say(primary, state, { says: state.is === 'down' ? 'divert' : 'restore', at });
    announce(primary, judgement);
  }

  function forget(primary: string): void {
    watches.delete(primary);
    judgements.delete(primary);
  }

  function look(primary: string, following: boolean): void {
    const evidence = board.about(primary);
    const stored = table().stored(primary);
    const state = following ? stored : (alone.get(primary) ?? table().state(primary));
    const watch = watches.get(primary) ?? NOT_LOOKED;
    // Nobody sees it: it is people's alone.
    if (evidence.length === 0 && state.health === undefined) return forget(primary);
    const judgement = judged(primary, state, evidence, watch);
    watches.set(primary, judgement.watch);
    judgements.set(primary, judgement);
    if (judgement.record.version === recordOf(state).version) return;
    // The watch as it was before: the same look is judged again on what the store has.
    if (!following) turnAlone(primary, state, judgement);
    else if (!writing.has(primary)) writing.set(primary, write(primary, evidence, watch));
  }

  function lookAtSome(): void {
    const { is } = follower.status();
    if (is === 'loading') return;
    const following = is === 'following';
    if (following) {
      for (const primary of alone.keys()) if (!isPending(primary)) words.unsay(primary);
      alone.clear();
    }
    turn = (turn + 1) % TURNS;
    // Those that were deleted.
    for (const primary of watches.keys()) if (!table().primary(primary)) forget(primary);
    for (const primary of table().ids('primaries')) {
      if (fnv1a(primary) % TURNS !== turn || isPending(primary)) continue;
      try {
        look(primary, following);
      } catch (error) {
        log.error({ err: error, primary }, 'the health of a primary could not be judged');
      }
    }
  }

  return {
    about: (primary) => judgements.get(primary),
    start() {
      endLooks = timers.every(LOOK_MS / TURNS, lookAtSome);
    },
    async stop() {
      endLooks();
      await Promise.all(writing.values());
    },
  };
}
