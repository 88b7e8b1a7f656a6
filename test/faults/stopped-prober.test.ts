/** A service that is stopped (SIGSTOP) while it waits for an answer, and goes on: it calls nobody down for what it missed. */
import { expect, test } from 'vitest';
import { answerTo, udpPeer, valueOf } from '../health/peers.ts';
import { launchService, newDataDir } from '../support/service-process.ts';

test('the answer that it missed while it stood still is not held against the primary', async () => {
  /** From this question on, two are not answered. */
  let ignoredFrom = Number.POSITIVE_INFINITY;
  const asked: string[] = [];
  const peer = await udpPeer((request) => {
    const question = valueOf(request, 'call-id');
    if (!asked.includes(question)) asked.push(question);
    const at = asked.indexOf(question);
    return at >= ignoredFrom && at < ignoredFrom + 2 ? [] : [answerTo(request, 200)];
  });
  const service = launchService(await newDataDir());
  await service.answering();
  const { status } = await service.request('PUT', '/v1/primaries/pbx', { kind: 'pbx', target: 'sip:{number}@127.0.0.1', probes: [{ kind: 'sip-options', target: `sip:127.0.0.1:${peer.port}`, everySeconds: 1, timeoutMs: 900 }] });
  expect(status).toBe(201);
  const claims = async (): Promise<string[]> => ((await service.request('GET', '/v1/primaries/pbx')).body as { status: { evidence: { claim: string }[] } }).status.evidence.map(({ claim }) => claim);
  await expect.poll(claims, { timeout: 20_000 }).toEqual(['up']);

  // Stopped between a question and its answer, and the second try goes unanswered too: without the pause that would be down.
  ignoredFrom = asked.length;
  await expect.poll(() => asked.length, { timeout: 10_000, interval: 1 }).toBeGreaterThan(ignoredFrom);
  service.child.kill('SIGSTOP');
  const stoppedAt = performance.now();
  await expect.poll(() => performance.now() - stoppedAt, { timeout: 10_000 }).toBeGreaterThan(2000);
  service.child.kill('SIGCONT');

  await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(ignoredFrom + 3);
  await expect.poll(claims, { timeout: 20_000 }).toEqual(['up']);
  const seen = service.log.filter(({ msg }) => msg === 'a probe sees otherwise than before').map(({ claim }) => claim);
  expect([seen.includes('unknown'), seen.includes('down')]).toEqual([true, false]);
  expect(service.log.some(({ msg }) => typeof msg === 'string' && msg.startsWith('the process stood still'))).toBe(true);
});
