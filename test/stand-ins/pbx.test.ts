import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { realRandom, realTimers } from '../../stand-ins/outside.ts';
import { startInvite, type InviteResult, type OutgoingCall } from '../../stand-ins/sip/invite.ts';
import { parseSip, type SipMessage } from '../../stand-ins/sip/message.ts';
import { pbx } from './rig.ts';

const call = (port: number, more: { noReplyAfterMs?: number } = {}): OutgoingCall =>
  startInvite({ timers: realTimers, random: realRandom, to: { host: '127.0.0.1', port }, uri: `sip:100@127.0.0.1:${port}`, fromUser: '+447700900123', headers: [['X-Mark', 'm']], ...more });

let socket: Socket | undefined;
afterEach(() => {
  socket?.close();
  socket = undefined;
});

/** A bare socket and the messages that come back: an eye that does not share the caller's code. */
async function bare(port: number) {
  const opened = createSocket('udp4');
  socket = opened;
  opened.connect(port, '127.0.0.1');
  await once(opened, 'connect');
  const next = async (): Promise<SipMessage | undefined> => parseSip(String((await once(opened, 'message'))[0]));
  const send = (method: string, sequence: string) =>
    opened.send([`${method} sip:100@x SIP/2.0`, 'Via: SIP/2.0/UDP h;branch=z9hG4bKa', 'From: <sip:a@h>;tag=1', 'To: <sip:100@x>', 'Call-ID: c1', `CSeq: ${sequence}`, 'Content-Length: 0', '', ''].join('\r\n'));
  return { next, send };
}

describe('the stand-in PBX', () => {
  it('takes a call, keeps what it was told, and hangs up by itself', async () => {
    const desk = await pbx({ talkMs: 30 });
    const result = await call(desk.port).result;
    expect(result).toMatchObject({ is: 'answered', status: 200 });
    expect(desk.calls).toMatchObject([{ to: '100', from: '+447700900123', headers: { 'x-mark': 'm' }, met: 'up' }]);
    if (result.is === 'answered') await result.ended;
  });

  it('lets the caller hang up', async () => {
    const desk = await pbx({ talkMs: 600_000 });
    const result = await call(desk.port).result;
    if (result.is !== 'answered') throw new Error(`Not answered: ${result.is}`);
    result.bye();
    await result.ended;
  });

  it.each<['refusing' | 'busy', InviteResult]>([
    ['refusing', { is: 'rejected', status: 503, reason: 'Service Unavailable' }],
    ['busy', { is: 'rejected', status: 486, reason: 'Busy Here' }],
  ])('%s, turns calls away and still answers OPTIONS', async (behaviour, expected) => {
    const desk = await pbx({ behaviour });
    expect(await call(desk.port).result).toEqual(expected);
    const { next, send } = await bare(desk.port);
    send('OPTIONS', '1 OPTIONS');
    expect(await next()).toMatchObject({ status: 200 });
    expect(desk.probes()).toBe(1);
  });

  it.each<['no-answer' | 'slow', number]>([['no-answer', 180], ['slow', 100]])('%s, says %i and waits for the CANCEL', async (behaviour, provisional) => {
    const desk = await pbx({ behaviour });
    const { next, send } = await bare(desk.port);
    send('INVITE', '1 INVITE');
    const heard: (SipMessage | undefined)[] = [await next()];
    if (behaviour === 'no-answer') heard.push(await next());
    expect(heard.at(-1)).toMatchObject({ status: provisional });
    // The same INVITE again is the same call, and gets the same answer.
    send('INVITE', '1 INVITE');
    expect(await next()).toMatchObject({ status: provisional });
    expect(desk.calls).toHaveLength(1);
    send('CANCEL', '1 CANCEL');
    expect([await next(), await next()]).toMatchObject([{ status: 200 }, { status: 487 }]);
    send('ACK', '1 ACK');
    send('BYE', '2 BYE');
    expect(await next()).toMatchObject({ status: 481 });
  });

  it('silent, says nothing at all, and changes its mind at run time', async () => {
    const desk = await pbx({ behaviour: 'silent' });
    expect(await call(desk.port, { noReplyAfterMs: 50 }).result).toEqual({ is: 'silent' });
    desk.setBehaviour('busy');
    expect(await call(desk.port).result).toMatchObject({ is: 'rejected', status: 486 });
    expect(desk.calls.map(({ met }) => met)).toEqual(['silent', 'busy']);
  });

  it('repeats a final answer until it is acknowledged', async () => {
    const desk = await pbx({ behaviour: 'busy' });
    const { next, send } = await bare(desk.port);
    send('INVITE', '1 INVITE');
    expect([await next(), await next()]).toMatchObject([{ status: 486 }, { status: 486 }]);
    send('ACK', '1 ACK');
  });
});

describe('the calling side', () => {
  it('learns at once that nobody listens', async () => {
    const desk = await pbx();
    await desk.close();
    expect(await call(desk.port).result).toEqual({ is: 'unreachable' });
  });

  it('sends the INVITE again until it is answered', async () => {
    const far = createSocket('udp4');
    socket = far;
    far.bind(0, '127.0.0.1');
    await once(far, 'listening');
    const outgoing = call(far.address().port);
    const [first] = await once(far, 'message');
    const [second] = await once(far, 'message');
    expect(String(second)).toBe(String(first));
    outgoing.cancel();
    expect(await outgoing.result).toEqual({ is: 'silent' });
  });
});
