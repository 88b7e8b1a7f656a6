/** OPTIONS over TCP or TLS: one request, the answer cut out of the stream, and the connection kept for the next one. */
import type { Socket } from 'node:net';
import type { ProbeOutcome, ProbePlace } from '../../domain/probe.ts';
import { createSipFramer } from '../../sip/stream.ts';
import { createAskerAt, outcomeOf, question, written, type Asker, type AskerDeps } from './asker.ts';
import type { Endpoint } from './name-lookup.ts';
import { sipQuestion } from './sip-question.ts';
import { certificateFault, openStream } from './stream-link.ts';

/** Then another takes its place, so that a certificate which has expired is seen, milliseconds. */
const KEPT_MS = 600_000;

interface Link {
  socket: Socket;
  to: string;
  openedAt: number;
  heard(message: string): void;
  ended(outcome: ProbeOutcome): void;
}

const nothing = (): void => undefined;

export function createSipStreamAsker({ uri, place, timeoutMs, checkCertificate, names, system }: AskerDeps & { uri: string; place: ProbePlace; timeoutMs: number; checkCertificate: boolean }): Asker {
  const secure = place.over === 'tls';
  let link: Link | undefined;

  function drop(): void {
    link?.socket.destroy();
    link = undefined;
  }

  function open(at: Endpoint, ready: () => void): Link {
    const framer = createSipFramer();
    const socket = openStream({ at, host: place.host, secure }, ready);
    const opened: Link = { socket, to: written(at), openedAt: system.steady(), heard: nothing, ended: nothing };
    const gone = (outcome: ProbeOutcome): void => {
      if (link === opened) drop();
      opened.ended(outcome);
    };
    socket.on('data', (octets) => {
      try {
        for (const message of framer.push(octets)) opened.heard(message);
      } catch {
        gone({ is: 'garbled' });
      }
    });
    socket.on('error', (error) => gone(outcomeOf(error)));
    socket.on('close', () => gone({ is: 'closed' }));
    return opened;
  }

  function exchange(at: Endpoint): Promise<ProbeOutcome> {
    return question(system, timeoutMs, ({ settle, elapsed, afterwards }) => {
      const send = (over: Link): void => {
        const { localAddress = '', localPort = 0 } = over.socket;
        const { text, read } = sipQuestion({ uri, transport: secure ? 'TLS' : 'TCP', local: written({ address: localAddress, port: localPort }), random: system.random });
        over.heard = (message) => {
          const answer = read(message, elapsed());
          if (answer === undefined || answer === 'provisional') return;
          const fault = checkCertificate ? certificateFault(over.socket) : undefined;
          settle(answer.is === 'answered' && fault !== undefined ? { ...answer, certificateFault: fault } : answer);
        };
        over.socket.write(text, 'latin1');
      };
      const kept = link;
      const over = kept ?? open(at, () => send(over));
      link = over;
      over.ended = settle;
      afterwards(() => {
        over.heard = nothing;
        over.ended = nothing;
      });
      if (kept) send(kept);
    });
  }

  async function ask(at: Endpoint): Promise<ProbeOutcome> {
    if (link && (link.to !== written(at) || system.steady() - link.openedAt > KEPT_MS)) drop();
    const wasKept = link !== undefined;
    let outcome = await exchange(at);
    // It was ended at the same moment, say because it was idle: that says nothing.
    if (wasKept && outcome.is === 'closed') outcome = await exchange(at);
    if (outcome.is !== 'answered') drop();
    return outcome;
  }

  return createAskerAt({ place, usual: secure ? { port: 5061, service: '_sips._tcp' } : { port: 5060, service: '_sip._tcp' }, names, ask, close: drop });
}
