/** Requests that nobody waits for: at their pace, behind what is due, and sent again when it helps. */
import { describe, expect, it } from 'vitest';
import { createHealthStore } from '../../src/diversion/carrier-health.ts';
import { createPatientSend } from '../../src/diversion/patient-send.ts';
import { codeOf, Failure } from '../../src/domain/errors.ts';
import { createDueRoutes } from '../../src/store/due-routes.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();

/** Time goes two hundred times as fast. */
const FASTER = 200;
const system: System = {
  ...realSystem,
  clock: { now: () => 1_800_000_000_000 + realSystem.steady() * FASTER },
  steady: () => realSystem.steady() * FASTER,
  timers: { ...realSystem.timers, after: (ms, task) => realSystem.timers.after(ms / FASTER, task) },
};

function open({ goOn = () => undefined, perSecond = 50, level = 0 }: { goOn?: () => void; perSecond?: number; level?: number } = {}) {
  const due = createDueRoutes(here.world.redis);
  const health = createHealthStore(here.world.redis);
  const load = { level };
  return { due, health, load, ...createPatientSend('main', { due, health, perSecond: () => perSecond, load, system, goOn }) };
}

/** Fails like this, one after the other, and is then answered. */
function failing(...failures: readonly Failure[]): { request(): Promise<number>; readonly times: number } {
  let times = 0;
  return {
    request() {
      times += 1;
      const failure = failures[times - 1];
      return failure ? Promise.reject(failure) : Promise.resolve(times);
    },
    get times() { return times; },
  };
}

describe('a request', () => {
  it('is sent again when the carrier asks for a pause, after that, or does not answer', async () => {
    const { send, close } = open();
    const from = system.clock.now();
    expect(await send(failing(new Failure('carrier_throttled', undefined, { retryAfterSeconds: 7 }), new Failure('carrier_unavailable')).request)).toBe(3);
    expect(system.clock.now() - from).toBeGreaterThanOrEqual(7000);
    close();
  });

  it.each<[string, Failure, number]>([
    ['was refused', new Failure('carrier_refused'), 1],
    ['is of a number that is not known', new Failure('carrier_number_unknown'), 1],
    ['never gets an answer', new Failure('carrier_unavailable'), 6],
    ['would have to wait for a day', new Failure('carrier_throttled', undefined, { retryAfterSeconds: 86_400 }), 1],
  ])('that %s fails', async (_, failure, times) => {
    const { send, close } = open();
    const one = failing(...Array.from({ length: 10 }, () => failure));
    expect(await send(one.request).then(() => undefined, codeOf)).toBe(failure.code);
    expect(one.times).toBe(times);
    close();
  });

  it('waits while something is to be diverted or put back there, and not for what is only looked at', async () => {
    let looks = 0;
    const { send, due, close } = open({ goOn: () => void (looks += 1) });
    await due.ask('main', [{ unit: '+442079460001', rank: 'sweep' }], Math.floor(system.clock.now()));
    expect(await send(failing().request)).toBe(1);
    await due.ask('main', [{ unit: '+442079460002', rank: 'low' }], Math.floor(system.clock.now()));
    const one = failing();
    looks = 0;
    const sent = send(one.request);
    await expect.poll(() => looks).toBeGreaterThan(4);
    expect(one.times).toBe(0);
    const [taken] = await due.next('main', system.clock.now(), 1);
    if (taken) await due.settle('main', taken, undefined);
    expect(await sent).toBe(1);
    close();
  });

  it('waits while the carrier has asked for a pause, and while the process is loaded', async () => {
    const { send, health, load, close } = open({ level: 1 });
    const until = system.clock.now() + 5000;
    await health.note('main', { failures: 1, pausedUntil: until });
    const sent = send(() => Promise.resolve(system.clock.now()));
    load.level = 0;
    expect(await sent).toBeGreaterThanOrEqual(until);
    close();
  });

  it('is not sent once it is to end', async () => {
    let ended = false;
    const { send, close } = open({ goOn: () => { if (ended) throw new Error('ended'); }, level: 1 });
    const one = failing();
    const sent = send(one.request);
    ended = true;
    await expect(sent).rejects.toThrow('ended');
    expect(one.times).toBe(0);
    close();
  });
});
