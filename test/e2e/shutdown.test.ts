/** A stop of the service while it is in use: what is in flight is finished, and nobody's open connection holds it up. */
import { Agent, request } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createFastConnection, whenReady } from '../../src/store/connections.ts';
import { createCallStore } from '../../src/store/call-store.ts';
import type { Deliver } from '../../stand-ins/twilio/world.ts';
import { dialled, MOBILE, openRig, useRedis } from './rig.ts';

const redis = useRedis();

describe('a stop', () => {
  it('lets a request that is under way come to its end, and does not wait for its connection', async () => {
    const { api } = await openRig(redis());
    const agent = new Agent({ keepAlive: true });
    const sent = request(`${api.url}/v1/imports`, { method: 'POST', agent, headers: { authorization: `Bearer ${api.adminKey}`, 'content-type': 'text/csv', expect: '100-continue' } });
    sent.flushHeaders();
    // The service reads from now on.
    await once(sent, 'continue');
    const stopped = api.close();
    sent.end('number,customer,primary,carrier\n+442079460001,acme,pbx,main\n');
    const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    expect(answer.statusCode).toBe(202);
    // The agent keeps its end open for as long as it is let: this would not resolve.
    await stopped;
    agent.destroy();
  });

  it('during a call records what it has answered, and the call goes on at another process', async () => {
    const rig = await openRig(redis(), { plan: [{ to: MOBILE }], services: 2, pbx: { behaviour: 'refusing' }, twilio: { phones: { [MOBILE]: { does: 'answers' } } } });
    const [first = rig.api, second = rig.api] = rig.services;
    let stopped: Promise<void> | undefined;
    const deliver: Deliver = async ({ kind }, send) => {
      const answered = send();
      if (kind === 'voice') stopped = first.close();
      return answered;
    };
    rig.origins.set('https://calls.example.net', first.url);
    const call = await rig.place({ deliver });
    await stopped;
    expect(dialled(call)).toEqual(['pbx', MOBILE]);
    expect(call.outcome).toMatchObject({ is: 'answered', by: MOBILE });
    const connection = createFastConnection({ url: redis().url, onError: () => undefined });
    await whenReady(connection);
    const record = await createCallStore(connection).find(`main:${call.callSid}`);
    connection.disconnect();
    expect(record).toMatchObject({ outcome: 'answered', route: 'primary-first', number: '+442079460123' });
    expect((await second.request('GET', '/v1/calls')).body).toMatchObject({ items: [{ ref: call.callSid }] });
  });
});
