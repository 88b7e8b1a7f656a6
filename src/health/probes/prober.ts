/**
 * Keeps in step with the primaries what is asked: each of their probes again and again, spread evenly over time. The same question for
 * several primaries is asked once. Needs no Redis.
 */
import { placeInInterval } from '../../../rules/probe-pace.ts';
import { fnv1a } from '../../domain/hash.ts';
import type { Primary } from '../../domain/primary.ts';
import type { Probe } from '../../domain/probe.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import type { PauseWatch } from '../pause-watch.ts';
import type { Asker } from './asker.ts';
import { createTurns, type Loop, type TurnsOptions } from './turns.ts';

export interface Prober {
  /** Takes the probes of a primary as they are now; undefined for one that is gone. */
  take(primary: string, record: Pick<Primary, 'probes'> | undefined): void;
  /** The policy has changed. */
  renew(): void;
  /** Targets that are asked. */
  readonly size: number;
  stop(): void;
}

export interface ProberOptions extends TurnsOptions {
  /** Names this process in what it says. */
  process: string;
  board: Pick<EvidenceBoard, 'tell' | 'withdraw'>;
  createAsker(probe: Probe, timeoutMs: number): Asker;
  watch: Pick<PauseWatch, 'generation' | 'events'>;
}

/** A pause from which all that was seen before is forgotten, milliseconds; after a shorter one, only what was under way. */
const FORGET_AFTER_MS = 1000;
const LONGEST_ID = 120;

/** The name of a probe among those of its primary. */
function idOf({ kind, target }: Probe): string {
  const id = `${kind} ${target}`;
  return id.length <= LONGEST_ID ? id : `${id.slice(0, LONGEST_ID - 9)}#${fnv1a(id).toString(16)}`;
}

export function createProber(options: ProberOptions): Prober {
  const { process, board, policy, createAsker, watch, log } = options;
  const turns = createTurns(options);
  const loops = new Map<string, Loop>();
  const probesOf = new Map<string, readonly Probe[]>();
  const start = fnv1a(process) / 2 ** 32;
  let made = 0;

  function begin(probe: Probe, timeoutMs: number, key: string): Loop {
    const loop = turns.begin({ key, probe, timeoutMs, source: `probe/${process}/${idOf(probe)}`, asker: createAsker(probe, timeoutMs), place: placeInInterval(made, start) });
    made += 1;
    loops.set(key, loop);
    return loop;
  }

  function end(loop: Loop): void {
    turns.end(loop);
    loops.delete(loop.key);
  }

  function take(primary: string, probes: readonly Probe[]): void {
    const before = probesOf.get(primary);
    if (probes.length > 0) probesOf.set(primary, probes);
    else if (!probesOf.delete(primary)) return;
    const wanted = new Map<string, Loop>();
    for (const probe of probes) {
      const timeoutMs = probe.timeoutMs ?? policy().timeoutMs;
      const key = JSON.stringify({ ...probe, timeoutMs });
      const loop = loops.get(key) ?? begin(probe, timeoutMs, key);
      wanted.set(key, loop);
      if (loop.primaries.has(primary)) continue;
      loop.primaries.add(primary);
      turns.tell(loop);
    }
    if (!before) return;
    const sources = new Set([...wanted.values()].map(({ source }) => source));
    for (const loop of loops.values()) {
      if (wanted.has(loop.key) || !loop.primaries.delete(primary)) continue;
      if (!sources.has(loop.source)) board.withdraw(primary, loop.source);
      if (loop.primaries.size === 0) end(loop);
    }
  }

  function paused(ms: number): void {
    if (ms < FORGET_AFTER_MS || loops.size === 0) return;
    log.warn({ ms: Math.round(ms) }, 'the process stood still; what it saw before is not believed any more');
    for (const loop of loops.values()) turns.forget(loop, `this process stood still for ${(ms / 1000).toFixed(0)} s`);
  }

  watch.events.on('paused', paused);

  return {
    take: (primary, record) => take(primary, record?.probes ?? []),
    renew() {
      for (const [primary, probes] of probesOf) take(primary, probes);
    },
    get size() {
      return loops.size;
    },
    stop() {
      watch.events.off('paused', paused);
      for (const loop of loops.values()) end(loop);
      probesOf.clear();
    },
  };
}
