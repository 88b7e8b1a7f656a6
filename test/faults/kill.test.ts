/** kill -9 of the service and of its redis-server while clients write: what was acknowledged is there afterwards. Failing runs print their seed. */
import { setImmediate as breathe, setTimeout as pace } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { must, newDataDir, putSampleOver, PUBLIC_BASE_URL, redisPid, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';
import { NEVER_SHED } from './gone.ts';
import { createWriteStream, prepareStream, type WriteStream } from './stream.ts';

/** When to kill: after so many acknowledged writes, and so many turns of the event loop more. */
const instant = fc.record({ writes: fc.integer({ min: 0, max: 60 }), turns: fc.integer({ min: 0, max: 40 }) });
type Instant = { writes: number; turns: number };

async function reach({ writes, turns }: Instant, run: ReturnType<WriteStream['run']>): Promise<void> {
  const from = run.acknowledged;
  while (run.acknowledged < from + writes) {
    if (run.over) {
      await run.ended;
      throw new Error('the service cannot be reached');
    }
    await breathe();
  }
  for (let turn = 0; turn < turns; turn += 1) await breathe();
}

async function prepare(): Promise<{ dataDir: string; service: ServiceProcess; stream: WriteStream }> {
  const dataDir = await newDataDir();
  const service = await startServiceProcess(dataDir, NEVER_SHED);
  await putSampleOver(service);
  await prepareStream(service);
  return { dataDir, service, stream: createWriteStream() };
}

/** As many rounds as `instants`, each in the service that the one before has left; fast-check draws them. */
function property(min: number, max: number, check: (instants: readonly Instant[]) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(fc.array(instant, { minLength: min, maxLength: max }), check), { numRuns: 1, endOnFailure: true });
}

/** From a call to the next, milliseconds: what a test waits for needs the machine too. */
const PACE_MS = 5;

/** Calls, one after the other, each of which must be answered with where it goes. */
function callsComeIn(service: ServiceProcess): { readonly answered: number; stop(): void; ended: Promise<void> } {
  let stopped = false;
  let answered = 0;
  async function call(): Promise<void> {
    while (!stopped) {
      const answer = await service.post(signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/voice', callParams(callSid(9_000_000 + answered), '+442079460123')));
      expect({ status: answer.status, dialled: String(answer.body).includes('sip:+442079460123@pbx.example.net') }).toEqual({ status: 200, dialled: true });
      answered += 1;
      await pace(PACE_MS);
    }
  }
  const ended = call();
  // Whoever waits for it hears of it.
  ended.catch(() => undefined);
  return {
    get answered() {
      return answered;
    },
    stop() {
      stopped = true;
    },
    ended,
  };
}

const more = (calls: { readonly answered: number }, count: number) => {
  const from = calls.answered;
  return expect.poll(() => calls.answered, { timeout: 20_000, interval: 5 }).toBeGreaterThan(from + count);
};

describe('kill -9 while clients write', () => {
  test('of the service: the next one takes over its redis-server and has all that was acknowledged', async () => {
    await property(8, 10, async (instants) => {
      const { dataDir, service: first, stream } = await prepare();
      const orphan = redisPid(dataDir);
      let service = first;
      for (const at of instants) {
        const run = stream.run(service);
        await reach(at, run);
        await service.end('SIGKILL');
        await run.ended;
        service = await startServiceProcess(dataDir, NEVER_SHED);
        expect(redisPid(dataDir)).toBe(orphan);
        await stream.assertAllThere(service);
      }
      await stream.importsDone(service);
      expect(stream.refusals).toEqual(new Set());
    });
  }, 180_000);

  test('of redis-server: calls are answered all the time, writes are refused and then taken again by themselves', async () => {
    await property(6, 8, async (instants) => {
      const { dataDir, service, stream } = await prepare();
      const calls = callsComeIn(service);
      const run = stream.run(service);
      for (const at of instants) {
        await reach(at, run);
        const killed = redisPid(dataDir);
        process.kill(killed, 'SIGKILL');
        await expect.poll(() => [0, killed].includes(redisPid(dataDir)), { timeout: 20_000 }).toBe(false);
        await reach({ writes: 5, turns: 0 }, run);
      }
      await more(calls, 20);
      calls.stop();
      run.stop();
      await Promise.all([calls.ended, run.ended]);
      await stream.assertAllThere(service);
      await stream.importsDone(service);
      expect(await must(service.request('GET', '/readyz'))).toMatchObject({ status: 'ok' });
      expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
    });
  }, 180_000);

  test('of both at once', async () => {
    await property(4, 5, async (instants) => {
      const { dataDir, service: first, stream } = await prepare();
      let service = first;
      for (const at of instants) {
        const run = stream.run(service);
        await reach(at, run);
        process.kill(redisPid(dataDir), 'SIGKILL');
        await service.end('SIGKILL');
        await run.ended;
        service = await startServiceProcess(dataDir, NEVER_SHED);
        await stream.assertAllThere(service);
      }
      await stream.importsDone(service);
    });
  }, 180_000);
});

describe('a redis-server that hangs', () => {
  test('calls are answered, writes refused and nothing doubled when it goes on', async () => {
    const { dataDir, service, stream } = await prepare();
    const calls = callsComeIn(service);
    const run = stream.run(service);
    for (let round = 0; round < 3; round += 1) {
      await reach({ writes: 20, turns: round * 7 }, run);
      const pid = redisPid(dataDir);
      process.kill(pid, 'SIGSTOP');
      // Every client has been refused, none is left hanging.
      const refused = service.request('PUT', '/v1/customers/late', { name: `Round ${round}` });
      expect((await refused).body).toMatchObject({ status: 503, code: 'store_unavailable' });
      expect((await service.request('GET', '/readyz')).status).toBe(200);
      await more(calls, 20);
      process.kill(pid, 'SIGCONT');
      await reach({ writes: 10, turns: 0 }, run);
    }
    calls.stop();
    run.stop();
    await Promise.all([calls.ended, run.ended]);
    expect(stream.refusals).toEqual(new Set(['503 store_unavailable']));
    await stream.assertAllThere(service);
    await stream.importsDone(service);
    await expect.poll(async () => (await must(service.request('GET', '/readyz')))['status']).toBe('ok');
    // What was refused while it hung may have been made: it is there whole or not at all, and can be made again.
    await must(service.request('PUT', '/v1/customers/late', { name: 'At last' }));
    expect(await must(service.request('GET', '/v1/customers/late'))).toMatchObject({ name: 'At last' });
  }, 120_000);
});
