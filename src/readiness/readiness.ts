/** Keeps the readiness of all numbers at hand: surveyed now and then for the metrics and the alarm, and anew for whoever asks after something has changed. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { proofOf } from '../../rules/proof.ts';
import { READINESS_REASONS } from '../../rules/readiness.ts';
import { afterShare, type Mark } from '../../rules/readiness-alarm.ts';
import type { ActiveLegs } from '../calls/active-legs.ts';
import type { RoutingTableHolder } from '../calls/table-holder.ts';
import type { Sight } from '../diversion/unit-facts.ts';
import { codeOf, Failure } from '../domain/errors.ts';
import type { ReadinessAlarm } from '../domain/readiness-policy.ts';
import type { Metrics } from '../operations/metrics.ts';
import { createCallVolume, type CallVolume } from '../store/call-volume.ts';
import { createCheckStore } from '../store/check-store.ts';
import { createDrillStore, proofKey } from '../store/drill-store.ts';
import { createRouteStore } from '../store/route-store.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import { oneAtATime } from '../system/one-at-a-time.ts';
import type { System } from '../system/system.ts';
import type { JudgeDeps } from './judge-number.ts';
import { createNotedReader, LOOKED_UP, type NotedReader } from './noted.ts';
import { createBreathe } from './slices.ts';
import { makeSurvey, type Survey } from './survey.ts';
import { summaryOf, type Tally } from './view.ts';

export interface Readiness {
  /** Of a moment ago at most, and with every change that this process knew when it was asked. Throws `store_unavailable` only while nothing was ever read. */
  survey(): Promise<Survey>;
  readonly volume: CallVolume;
  /** Calls that began since count as recent, milliseconds since 1970. */
  recent(): number;
  start(): void;
  stop(): Promise<void>;
}

export interface ReadinessOptions {
  redis: Redis;
  tables: RoutingTableHolder;
  sight(): Sight;
  legs: Pick<ActiveLegs, 'count'>;
  metrics: Pick<Metrics, 'watchReadiness'>;
  /** Of the policy in force. */
  alarmAt(): ReadinessAlarm;
  load: LoadLevel;
  /** For how many days what a drill has proven counts; 0, or left out: nobody asks. */
  provenDays?: () => number;
  system: System;
  log: Logger;
}

export const RECENT_DAYS = 28;
const DAY_MS = 86_400_000;
const EVERY_MS = 300_000;
/** Not while a service is just beginning. */
const FIRST_MS = 30_000;
/** What is not told by changes of the table (hours, checks, routings, calls) is this old at most, for who asks. */
const FRESH_MS = 15_000;

/** The share that would be answered, now or at another hour; of nothing, all. */
const shareOf = ({ all, answered, passing }: Tally): number => (all === 0 ? 1 : (answered + passing) / all);

function createAlarm(alarmAt: () => ReadinessAlarm, log: Logger) {
  const marks: { numbers: Mark | undefined; calls: Mark | undefined } = { numbers: undefined, calls: undefined };
  return (numbers: Tally, calls: Tally | undefined, reasons: Readonly<Record<string, number>>): void => {
    const ofNumbers = afterShare(marks.numbers, shareOf(numbers), alarmAt());
    marks.numbers = ofNumbers.mark;
    const ofCalls = calls && calls.all > 0 ? afterShare(marks.calls, shareOf(calls), alarmAt()) : undefined;
    if (ofCalls) marks.calls = ofCalls.mark;
    const told = [ofNumbers.tell, ofCalls?.tell];
    const fields = { numbersShare: shareOf(numbers), ...(calls ? { callsShare: shareOf(calls) } : {}), notAnswered: numbers.all - numbers.answered - numbers.passing, reasons };
    if (told.includes('dropped')) log.warn(fields, 'readiness has dropped: fewer numbers would be answered if their primary failed now; ringthrough readiness says which and why');
    else if (told.includes('recovered')) log.info(fields, 'readiness is again what it was before it dropped');
  };
}

/** What drills have proven. Before the first drill nobody asks: then it would be the same of every number. What was read is kept for when Redis does not answer. */
function createProofReader({ redis, system: { clock }, provenDays = () => 0 }: Pick<ReadinessOptions, 'redis' | 'system' | 'provenDays'>): () => Promise<JudgeDeps['proof']> {
  const drills = createDrillStore(redis);
  let known: Awaited<ReturnType<typeof drills.allProofs>> = new Map();
  return async () => {
    const days = provenDays();
    if (days === 0) return undefined;
    known = await drills.allProofs().catch(() => known);
    const [all, at] = [known, clock.now()];
    return all.size === 0 ? undefined : (plan, to) => proofOf(all.get(proofKey(plan, to)), at, days);
  };
}

/** A survey at a time; what is read in Redis is kept for when it does not answer. */
function createSurveyor({ tables, sight, legs, system, noted, proof, volume, recent, stopped }: Pick<ReadinessOptions, 'tables' | 'sight' | 'legs' | 'system'> & { noted: NotedReader; proof: ReturnType<typeof createProofReader>; volume: CallVolume; recent(): number; stopped(): boolean }) {
  let from = 0;
  let read: Awaited<ReturnType<NotedReader['read']>> | undefined;
  const patient: NotedReader = {
    async read(...asked) {
      try {
        read = await noted.read(...asked);
      } catch (error) {
        if (!read && tables.current.numberCount > 0) throw error;
      }
      return read ?? { notes: new Map(), refusing: new Set() };
    },
  };
  return async (): Promise<Survey> => {
    const breathed = createBreathe(system);
    const breathe = () => {
      if (stopped()) throw new Failure('store_unavailable', 'The service is stopping');
      return breathed();
    };
    const survey = await makeSurvey({ sight: sight(), legs, noted: patient, proof, sample: () => volume.sample(undefined, recent()).catch(() => undefined), from, at: system.clock.now(), breathe });
    from = from + LOOKED_UP < survey.routed ? from + LOOKED_UP : 0;
    return survey;
  };
}

export function createReadiness({ redis, tables, sight, legs, metrics, alarmAt, load, provenDays, system, log }: ReadinessOptions): Readiness {
  const { clock, timers, steady } = system;
  const volume = createCallVolume(redis);
  const recent = (): number => clock.now() - RECENT_DAYS * DAY_MS;
  const make = createSurveyor({ tables, sight, legs, system, noted: createNotedReader({ checks: createCheckStore(redis), routes: createRouteStore(redis) }), proof: createProofReader({ redis, system, ...(provenDays ? { provenDays } : {}) }), volume, recent, stopped: () => stopped });
  const alarm = createAlarm(alarmAt, log);
  let stopped = false;
  let changes = 0;
  let last: { survey: Survey; changes: number; ended: number } | undefined;
  let failed: unknown;
  let told: { shares: Record<string, number>; reasons: Record<string, number> } | undefined;
  let ends: (() => void)[] = [];

  const surveying = oneAtATime(async () => {
    const before = changes;
    try {
      const survey = await make();
      last = { survey, changes: before, ended: steady() };
      const { numbers, calls, problems } = summaryOf(survey, tables.current, { scoped: false });
      const reasons = Object.fromEntries(problems.map((problem) => [problem.reason, problem.numbers]));
      told = { shares: { numbers: shareOf(numbers), ...(calls.all > 0 ? { calls: shareOf(calls) } : {}) }, reasons: { ...Object.fromEntries(Object.keys(READINESS_REASONS).map((reason) => [reason, 0])), ...reasons } };
      alarm(numbers, survey.sample && calls, reasons);
      failed = undefined;
    } catch (error) {
      failed = error;
      if (codeOf(error) !== 'store_unavailable') log.error({ err: error }, 'readiness could not be surveyed');
    }
  });

  const changed = (): void => void (changes += 1);
  tables.events.on('change', changed).on('replaced', changed);
  metrics.watchReadiness(() => told);

  return {
    volume,
    recent,
    async survey() {
      const wanted = changes;
      for (;;) {
        if (last && last.changes >= wanted && steady() - last.ended < FRESH_MS) return last.survey;
        surveying.begin();
        await surveying.underWay;
        if (failed !== undefined) throw failed;
      }
    },
    start() {
      const begin = (): void => void (load.level < LEVEL.background && surveying.begin());
      ends = [timers.after(FIRST_MS, begin), timers.every(EVERY_MS, begin)];
    },
    async stop() {
      stopped = true;
      for (const end of ends) end();
      tables.events.off('change', changed).off('replaced', changed);
      await surveying.underWay;
    },
  };
}
