/**
 * OPTIONS over UDP: sent again until it is answered (RFC 3261, 17.1.2), over a connected socket, so that the kernel tells of a closed
 * port at once. The socket stays until a miss: then another is taken, in case something on the way holds the old one's port against it.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ProbeOutcome, ProbePlace } from '../../domain/probe.ts';
import { createAskerAt, outcomeOf, question, written, type Asker, type AskerDeps } from './asker.ts';
import type { Endpoint } from './name-lookup.ts';
import { sipQuestion } from './sip-question.ts';

/** RFC 3261, 17.1.2.1: T1 and T2, milliseconds. */
const T1_MS = 500;
const T2_MS = 4000;

interface Link {
  socket: Socket;
  to: string;
  /** Our own `host:port`. */
  local: string;
  heard(text: string): void;
  failed(error: Error): void;
  close(): void;
}

const nothing = (): void => undefined;

function connect(at: Endpoint): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(at.address) ? 'udp6' : 'udp4');
    let open = true;
    const close = (): void => {
      if (open) socket.close();
      open = false;
    };
    const link: Link = {
      socket, to: written(at), local: '', heard: nothing, close,
      failed(error) {
        close();
        reject(error);
      },
    };
    socket.on('error', (error) => link.failed(error));
    socket.on('message', (octets) => link.heard(octets.toString('latin1')));
    // Node gives its callback the error, where there is one, in place of an event.
    socket.connect(at.port, at.address, (error?: Error | null) => {
      if (error) {
        link.failed(error);
        return;
      }
      const { address, port } = socket.address();
      link.local = written({ address, port });
      link.failed = nothing;
      resolve(link);
    });
  });
}

export function createSipUdpAsker({ uri, place, timeoutMs, names, system }: AskerDeps & { uri: string; place: ProbePlace; timeoutMs: number }): Asker {
  let link: Link | undefined;

  function drop(): void {
    link?.close();
    link = undefined;
  }

  function exchange(over: Link): Promise<ProbeOutcome> {
    return question(system, timeoutMs, ({ settle, after, elapsed, afterwards }) => {
      const { text, read } = sipQuestion({ uri, transport: 'UDP', local: over.local, random: system.random });
      const octets = Buffer.from(text, 'latin1');
      let wait = Math.min(T1_MS, timeoutMs / 2);
      const send = (): void => {
        try {
          over.socket.send(octets, (error) => error && settle(outcomeOf(error)));
        } catch (error) {
          // Closed meanwhile.
          settle(outcomeOf(error));
        }
        after(wait, send);
        wait = Math.min(wait * 2, T2_MS);
      };
      over.heard = (heard) => {
        const answer = read(heard, elapsed());
        // It has come in, and is not sent again sooner than every T2.
        if (answer === 'provisional') wait = T2_MS;
        else if (answer) settle(answer);
      };
      over.failed = (error) => settle(outcomeOf(error));
      afterwards(() => {
        over.heard = nothing;
        over.failed = nothing;
      });
      send();
    });
  }

  async function ask(at: Endpoint): Promise<ProbeOutcome> {
    if (link?.to !== written(at)) drop();
    try {
      link ??= await connect(at);
    } catch (error) {
      return outcomeOf(error);
    }
    const outcome = await exchange(link);
    if (outcome.is !== 'answered') drop();
    return outcome;
  }

  return createAskerAt({ place, usual: { port: 5060, service: '_sip._udp' }, names, ask, close: drop });
}
