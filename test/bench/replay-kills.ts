/** The workers are killed twenty times while 100,000 are drained: what that costs, and that nothing is lost. */
import { once } from 'node:events';
import { createDice } from '../../src/simulate/dice.ts';
import { killedWhileDraining, wrongs } from '../support/nothing-lost.ts';
import type { Pile } from '../support/piles.ts';
import { startSubscriber } from '../support/subscriber-process.ts';
import { openBacklogSite } from './backlog-site.ts';
import { markdown, whole } from './statistics.ts';

const COUNT = Number(process.env['BENCH_REPLAY_KILLS'] ?? 100_000);
const KILLS = 20;
const SEED = Number(process.env['BENCH_SEED'] ?? 1);
const SUBSCRIBERS = ['pbx-api', 'crm', 'chat', 'billing'];

export async function replayKills(): Promise<string> {
  const dice = createDice(SEED, 'kills').roll;
  // It answers late enough that something is in flight at each instant.
  const receiver = await startSubscriber({ afterMs: 5 });
  const site = await openBacklogSite();
  try {
    await site.subscribe(SUBSCRIBERS, receiver.url);
    await site.hold(SUBSCRIBERS);
    const history: Pile = { count: Math.ceil(COUNT * 0.8), class: 'history', subscribers: SUBSCRIBERS, lines: 100 };
    const states: Pile = { count: Math.floor(COUNT * 0.2), class: 'state', subscribers: SUBSCRIBERS, lines: 1000, from: history.count };
    for (const pile of [history, states]) await site.pile(pile);
    await site.release(SUBSCRIBERS);
    const { counts: { waiting } } = await site.backlog.totals();
    const began = performance.now();
    await killedWhileDraining({
      dice,
      times: KILLS,
      count: waiting,
      taken: receiver.taken,
      start() {
        const child = site.fleet.startWorkers();
        return {
          async kill() {
            const ended = once(child, 'exit');
            child.kill('SIGKILL');
            await ended;
          },
        };
      },
    });
    const counts = await site.drained();
    const seconds = (performance.now() - began) / 1000;
    const found = await wrongs({ receiver, counts, piles: [history, states] });
    const { taken, again } = await receiver.report();
    console.error(JSON.stringify({ seed: SEED, seconds, counts, taken, again, found }));
    if (found.length > 0) throw new Error(found.join('; '));
    return `### The workers are killed ${KILLS} times while what waits is drained (seed ${SEED})\n\n${markdown([['accepted', 'delivered', 'coalesced', 'dead, expired, dropped', 'taken by the receiver', 'sent again', 'lost, out of order, under two ids', 'seconds'], [whole(counts.accepted), whole(counts.delivered), whole(counts.coalesced), whole(counts.dead + counts.expired + counts.dropped), whole(taken), whole(again), '0', seconds.toFixed(1)]])}\n`;
  } finally {
    await receiver.close();
    await site.close();
  }
}
