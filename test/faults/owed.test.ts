/** kill -9 of the service, its workers with it, between what happened and the notification of it: each thing is told once. */
import { Redis } from 'ioredis';
import { setImmediate as breathe } from 'node:timers/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { notificationOf } from '../../src/store/backlog-reads.ts';
import { keys } from '../../src/store/keys.ts';
import { CRM } from '../support/owed.ts';
import { must, newDataDir, putSampleOver, PUBLIC_BASE_URL, startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { callParams, callSid, signedWebhook } from '../support/webhooks.ts';

const CALLS = 60;

/** The carrier says that nobody answered; again later, as carriers do, when it was not acknowledged. */
async function close(service: ServiceProcess, call: number): Promise<boolean> {
  const webhook = signedWebhook(PUBLIC_BASE_URL, '/webhooks/main/status', callParams(callSid(call), '+442079460123', { CallStatus: 'no-answer', CallDuration: '0' }));
  return service.post(webhook).then(({ status }) => status === 204, () => false);
}

const read = async <T>(dataDir: string, ask: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(join(dataDir, 'redis', 'redis.sock'));
  return ask(redis).finally(() => redis.disconnect());
};

test('every call that was missed is told once, whenever the service is killed', async () => {
  const instants = fc.array(fc.nat({ max: 60 }), { minLength: 2, maxLength: 2 });
  await fc.assert(fc.asyncProperty(instants, async (turns) => {
    const dataDir = await newDataDir();
    let service = await startServiceProcess(dataDir);
    await putSampleOver(service);
    await must(service.request('PUT', '/v1/subscribers/crm', CRM));
    const left = new Set(Array.from({ length: CALLS }, (_, at) => at));
    for (const [round, after] of [...turns, undefined].entries()) {
      const due = [...left].filter((call) => after === undefined || call % (turns.length + 1) <= round);
      const sending = Promise.all(due.map(async (call) => (await close(service, call)) && left.delete(call)));
      if (after === undefined) {
        await sending;
        break;
      }
      for (let turn = 0; turn < after; turn += 1) await breathe();
      await service.end('SIGKILL');
      await sending;
      service = await startServiceProcess(dataDir);
    }
    expect(left).toEqual(new Set());
    await expect.poll(() => read(dataDir, (redis) => redis.xlen(keys.owed))).toBe(0);
    const entries = await read(dataDir, (redis) => redis.xrange(keys.backlog('crm', 'history'), '-', '+'));
    const told = entries.map(([, fields]) => notificationOf(fields[1] ?? '', 'history').key);
    expect(told.toSorted()).toEqual(Array.from({ length: CALLS }, (_, at) => `main:${callSid(at)}`).toSorted());
  }), { numRuns: 1, endOnFailure: true });
}, 120_000);
