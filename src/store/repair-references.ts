/**
 * Puts right the counts of references. Of a record that cannot be read nobody knows to what it referred: when it is overwritten or
 * removed, its references stay counted, and what they lead to could never be deleted. The difference between what is counted
 * and what there is does not change with later commits, so it is measured at one commit and taken away in another.
 */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { SYSTEM } from '../domain/key.ts';
import type { Clock, Timers } from '../system/system.ts';
import { answering } from './answering.ts';
import { createDraft } from './draft.ts';
import type { Follower } from './follower.ts';
import { keys } from './keys.ts';
import type { Store } from './store.ts';

export interface RepairDeps {
  redis: Redis;
  store: Store;
  follower: Pick<Follower, 'status' | 'reached'>;
  /** How many records refer to each, in the table in force. */
  counts(): ReadonlyMap<string, number>;
  clock: Clock;
  log: Logger;
}

/** - `unknown`: records cannot be read, or others write so much that the table was never at the commit that was read */
export type Repaired = 'sound' | 'repaired' | 'unknown';

const TRIES = 50;
const TABLE_MS = 1000;
const FIELD = 'references';
/** Records that the audit entry names. */
const TOLD_MAX = 100;

interface Difference {
  subject: string;
  stored: number;
  counted: number;
}

async function read(redis: Redis): Promise<{ revision: number; stored: Record<string, string> }> {
  const replies = await answering(redis.multi().get(keys.revision).hgetall(keys.references).exec());
  const [revision, stored] = (replies ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
  return { revision: Number(revision ?? 0), stored: stored as Record<string, string> };
}

function differences(stored: Record<string, string>, counts: ReadonlyMap<string, number>): Difference[] {
  return [...new Set([...Object.keys(stored), ...counts.keys()])]
    .map((subject) => ({ subject, stored: Number(stored[subject] ?? 0), counted: counts.get(subject) ?? 0 }))
    .filter((one) => one.stored !== one.counted);
}

async function repair({ store, clock, log }: RepairDeps, wrong: readonly Difference[], was: string | undefined, revision: number): Promise<boolean> {
  const draft = createDraft();
  // Two that have measured the same difference take it away once.
  draft.mark(keys.repairs, FIELD, was, `${revision} ${clock.now()}`);
  for (const { subject, stored, counted } of wrong) draft.recount(subject, counted - stored);
  draft.audit({ at: clock.now(), by: SYSTEM, action: 'references.repair', changes: wrong.slice(0, TOLD_MAX).map(({ subject, stored, counted }) => ({ subject: `references/${subject}`, before: stored, after: counted })) });
  if ('failed' in (await store.commit(draft))) return false;
  log.warn({ records: wrong.length }, 'counts of references were wrong and have been put right; records that could not be read were overwritten or removed');
  return true;
}

/** Throws `store_unavailable`. */
export async function repairReferences(deps: RepairDeps): Promise<Repaired> {
  const { redis, store, follower, counts } = deps;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const was = await store.marked(keys.repairs, FIELD);
    const { revision, stored } = await read(redis);
    await follower.reached(revision, TABLE_MS);
    const { is, setAside, revision: held } = follower.status();
    // What cannot be read may yet be put back as it was.
    if (is !== 'following' || setAside > 0) return 'unknown';
    if (held !== revision) continue;
    const wrong = differences(stored, counts());
    if (wrong.length === 0) return 'sound';
    if (await repair(deps, wrong, was, revision)) return 'repaired';
  }
  return 'unknown';
}

const LOOK_EVERY_MS = 3_600_000;

/** Looks at once and every hour; what is returned ends that. */
export function keepReferencesRight({ timers, ...deps }: RepairDeps & { timers: Timers }): () => void {
  const look = (): void => void repairReferences(deps).catch((error: unknown) => deps.log.debug({ err: error }, 'the counts of references cannot be looked at now'));
  look();
  return timers.every(LOOK_EVERY_MS, look);
}
