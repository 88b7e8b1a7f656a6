/**
 * The board of evidence: whoever knows something of a primary's health tells it here, and whoever judges reads it here. What this
 * process saw itself is on it at once and stays with Redis gone; what others saw comes within a second.
 */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { EvidenceSchema, type Evidence } from '../domain/evidence.ts';
import { Strict } from '../domain/schema.ts';
import { createEvidenceJournal } from '../store/evidence-journal.ts';
import { createSharedEvidence, type SharedWord } from '../store/shared-evidence.ts';
import type { System } from '../system/system.ts';
import { createEvidenceTable, type Told } from './evidence-table.ts';

export interface EvidenceBoard {
  /** Puts up a claim, in place of the one of the same source. Never waits, never throws. */
  tell(evidence: Evidence): void;
  /** Takes down what a source said, without anything in its place, for all processes. Never waits, never throws. */
  withdraw(primary: string, source: string): void;
  /** What holds now, the newest first. */
  about(primary: string): readonly Evidence[];
  /** Claims that are known, for the metrics. */
  readonly size: number;
  /** Reads what others know, then shares; resolves after the first read, also when that fails. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const { primary, source, at, expiresAt } = EvidenceSchema.properties;
const evidenceValidator = Compile(EvidenceSchema);
const withdrawalValidator = Compile(Strict({ primary, source, at, expiresAt, withdrawn: Type.Literal(true) }));

/** A withdrawal of what is not known here counts so long, milliseconds: another process may know it. */
const WITHDRAWN_MS = 600_000;
const SWEEP_MS = 10_000;

const nameOf = (told: Pick<Told, 'primary' | 'source'>): string => `${told.primary} ${told.source}`;

/** Undefined when it cannot be read: that hides no other. */
function readTold(text: string): Told | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return evidenceValidator.Check(value) || withdrawalValidator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The same words once more: others know them already, and need to hear only that they still hold. */
function isNews(told: Evidence, shared: Told | undefined): boolean {
  if (!shared || 'withdrawn' in shared) return true;
  if (told.claim !== shared.claim || told.weight !== shared.weight || told.group !== shared.group || told.because !== shared.because) return true;
  return told.at - shared.at >= (shared.expiresAt - shared.at) / 2 || told.at < shared.at || told.expiresAt < shared.expiresAt;
}

export function createEvidenceBoard({ redis, system, log }: { redis: Redis; system: Pick<System, 'clock' | 'timers' | 'steady'>; log: Logger }): EvidenceBoard {
  const table = createEvidenceTable(system.clock.now);
  /** Of what this process said: what it last gave the others to hear. */
  const told = new Map<string, Told>();
  let endSweeps = (): void => undefined;
  const journal = createEvidenceJournal({ redis, system, log });

  const wordOf = (one: Told): SharedWord => ({ name: nameOf(one), expiresAt: one.expiresAt, text: JSON.stringify(one) });

  const shared = createSharedEvidence({
    redis,
    system,
    log,
    sink: {
      hear(text) {
        const heard = readTold(text);
        if (heard) table.hear(heard);
      },
      // Not what its source, asked by another process, has overtaken since.
      own: () => [...told.values()].filter((one) => (table.held(one.primary, one.source)?.at ?? 0) <= one.at).map(wordOf),
    },
  });

  function share(one: Told): void {
    told.set(nameOf(one), one);
    shared.tell(wordOf(one));
  }

  function sweep(): void {
    table.sweep();
    const now = system.clock.now();
    for (const [name, one] of told) if (one.expiresAt <= now) told.delete(name);
  }

  return {
    tell(evidence) {
      const said = table.say(evidence) as Evidence;
      journal.said(said);
      if (isNews(said, told.get(nameOf(said)))) share(said);
    },
    withdraw(about, by) {
      const now = system.clock.now();
      const held = table.held(about, by);
      journal.withdrawn(about, by, now);
      share(table.say({ primary: about, source: by, at: now, expiresAt: Math.max(held?.expiresAt ?? 0, now + WITHDRAWN_MS), withdrawn: true }));
    },
    about: table.about,
    get size() {
      return table.size;
    },
    async start() {
      endSweeps = system.timers.every(SWEEP_MS, sweep);
      journal.start();
      await shared.start();
    },
    async stop() {
      endSweeps();
      await shared.stop();
      await journal.stop();
    },
  };
}
