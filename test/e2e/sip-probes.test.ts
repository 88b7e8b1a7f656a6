/** Probes of real SIP servers, Kamailio, baresip and SIPp: alive, overloaded, refusing, killed, stopped, and back. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { judgeProbe } from '../../rules/probe-verdict.ts';
import type { Probe, ProbeOutcome } from '../../src/domain/probe.ts';
import { createAsker } from '../../src/health/probes/kinds.ts';
import { createNameLookup } from '../../src/health/probes/name-lookup.ts';
import { realSystem } from '../../src/system/system.ts';
import { startBaresip, startKamailio, startSipp, type RealPeer } from './sip-peers.ts';

/** Long beside what a server that lives takes, also on a busy machine; and for silence, which always takes as long, a shorter one. */
const PATIENT_MS = 4000;
const HURRIED_MS = 300;
const never = (): Promise<never> => Promise.reject(new Error('no names here'));

function probing({ port }: Pick<RealPeer, 'port'>, transport = '', timeoutMs = PATIENT_MS): () => Promise<string> {
  const probe: Probe = { kind: 'sip-options', target: `sip:127.0.0.1:${port}${transport}` };
  const names = createNameLookup({ server: { resolve4: never, resolve6: never, resolveSrv: never, lookup: never }, steady: realSystem.steady });
  const asker = createAsker(probe, timeoutMs, { names, system: realSystem });
  onTestFinished(() => asker.close());
  return async () => {
    const outcome: ProbeOutcome = await asker.ask();
    const { claim, because } = judgeProbe(outcome, { probe, slowMs: timeoutMs, timeoutMs, tries: 1 });
    return `${claim}: ${because}`;
  };
}

const WELL = 'up: answered 200 to OPTIONS';
const SILENT = 'down: no answer to OPTIONS in 0.3 s';
const CLOSED = 'down: its port is closed (OPTIONS)';
const soon = { timeout: 20_000 };

const PEERS = [['Kamailio', startKamailio, 200], ['baresip', startBaresip, 404]] as const;

describe.each(PEERS.flatMap(([name, start, status]) => [['UDP', ''], ['TCP', ';transport=tcp']].map(([over = '', transport = '']) => ({ name, start, status, over, transport }))))('$name over $over', ({ start, status, transport }) => {
  test('is up, silent while it is stopped, up when it goes on, closed when it is killed, and up when it is back', async () => {
    const UP = `up: answered ${status} to OPTIONS`;
    const peer = await start();
    const [ask, hurried] = [probing(peer, transport), probing(peer, transport, HURRIED_MS)];
    await expect.poll(ask, soon).toBe(UP);
    await expect.poll(hurried, soon).toBe(UP);
    expect(await ask()).toBe(UP);
    peer.signal('SIGSTOP');
    expect(await hurried()).toBe(SILENT);
    // A new connection is made, by the kernel: it takes an answer to be alive.
    expect(await hurried()).toBe(SILENT);
    peer.signal('SIGCONT');
    await expect.poll(ask, soon).toBe(UP);
    await peer.kill();
    expect(await ask()).toBe(CLOSED);
    await start(peer.port);
    await expect.poll(ask, soon).toBe(UP);
  });
});

test('baresip over TLS is alive, with a certificate that it signed itself', async () => {
  const { port } = await startBaresip();
  await expect.poll(probing({ port: port + 1 }, ';transport=tls'), soon).toBe('degraded: its certificate is not valid (DEPTH_ZERO_SELF_SIGNED_CERT)');
});

describe('SIPp', () => {
  test.each([
    ['200 OK', [], WELL],
    ['404 Not Found', [], 'up: answered 404 to OPTIONS'],
    ['503 Service Unavailable', ['Retry-After: 120'], 'overloaded: answered 503 to OPTIONS, to be asked again after 120 s'],
    ['503 Service Unavailable', [], 'down: answered 503 to OPTIONS'],
    ['408 Request Timeout', [], 'down: answered 408 to OPTIONS'],
  ] as const)('answers %s %j', async (status, headers, said) => {
    const ask = probing(await startSipp(status, headers));
    await expect.poll(ask, soon).toBe(said);
    // It ignores for half a minute what comes with a Call-ID that it knows.
    for (let at = 0; at < 3; at += 1) expect(await ask()).toBe(said);
  });

  test('is silent while it is stopped, and closed when it is killed', async () => {
    const peer = await startSipp('200 OK');
    const [ask, hurried] = [probing(peer), probing(peer, '', HURRIED_MS)];
    await expect.poll(ask, soon).toBe(WELL);
    peer.signal('SIGSTOP');
    expect(await hurried()).toBe(SILENT);
    peer.signal('SIGCONT');
    await expect.poll(ask, soon).toBe(WELL);
    await peer.kill();
    expect(await ask()).toBe(CLOSED);
  });
});
