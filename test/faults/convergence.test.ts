/**
 * Random commands, faults and restarts across three processes on one Redis, all of it real: in the end they hold the same table, equal to
 * Redis, with all that was acknowledged in it, once. For a soak set CONVERGENCE_RUNS, and CONVERGENCE_SEED to begin with the same again;
 * a failing run prints its seed, its commands, and what the processes logged as errors.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImportRecord } from '../../src/domain/import.ts';
import { assertConsistent, everything } from '../support/consistent.ts';
import { createBook } from './converging/book.ts';
import { commands, gather, newModel, type Real } from './converging/commands.ts';
import { openSite, type Site } from './converging/site.ts';
import { assertInOrder, assertNoGap, assertOnce, assertWordsHold, readTrail } from './converging/trail.ts';
import { assertCallsRecorded, assertImportsHold, assertSameAnswers, assertSameTables, assertWritesHold } from './converging/verdict.ts';

const RUNS = process.env['CONVERGENCE_RUNS'];
const SEED = process.env['CONVERGENCE_SEED'];
/** Long runs meet more, and take some seconds each. */
const MOST_COMMANDS = RUNS === undefined ? 60 : 160;
const ERROR_LEVEL = 50;

/** No import is on its way any more; those that broke off while they came in never were. */
async function importsAreOver({ atRedis }: Site): Promise<void> {
  const underWay = async () => [...(await atRedis(everything)).values()].filter(({ record }) => (record as Partial<ImportRecord>).state === 'applying').map(({ id }) => id);
  await expect.poll(underWay, { timeout: 40_000, interval: 20 }).toEqual([]);
}

async function assertConverged(real: Real): Promise<void> {
  const { site, book } = real;
  await site.mend();
  await gather(real);
  await importsAreOver(site);
  await site.mend();
  await assertSameAnswers(site);
  await Promise.all(site.members.map((member) => member.stop()));
  await assertSameTables(site);
  await site.atRedis(async (redis) => {
    await assertConsistent(redis);
    await assertWritesHold(redis, book);
    await assertImportsHold(redis, book);
    await assertCallsRecorded(redis, book);
    const trail = await readTrail(redis);
    assertOnce(trail, book);
    assertInOrder(trail, book);
    assertNoGap(trail);
    assertWordsHold(trail, book);
  });
}

/** The error with what was logged as one, of which the answers tell nothing. */
function withLog(error: unknown, { members }: Site): Error {
  const logged = members.flatMap((member) => member.log().filter(({ level }) => Number(level) >= ERROR_LEVEL).map((line) => `  ${member.name}: ${JSON.stringify(line)}`));
  return new Error(`${error instanceof Error ? error.message : String(error)}\nlogged as errors:\n${logged.join('\n')}`, { cause: error });
}

async function converge(real: boolean, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands(MOST_COMMANDS), async (given) => {
      const site = await openSite({ real });
      try {
        const state: Real = { site, book: createBook(), underWay: new Set(), findings: [], serial: 0 };
        await fc.asyncModelRun(() => ({ model: newModel(), real: state }), given);
        await assertConverged(state);
      } catch (error) {
        throw withLog(error, site);
      } finally {
        await site.close();
      }
    }),
    { numRuns: Number(RUNS ?? runs), endOnFailure: true, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  );
}

const timeout = 180_000 + Number(RUNS ?? 0) * 60_000;

test('three services come to the same table, equal to Redis, whatever happens', () => converge(false, 5), timeout);
test('so do three real processes that are killed with kill -9', () => converge(true, 2), timeout);
