/** What every kind of probe shares: where it goes, a time limit, one outcome whatever happens, and another address after a miss. */
import type { ProbeOutcome, ProbePlace } from '../../domain/probe.ts';
import type { System } from '../../system/system.ts';
import type { Endpoint, NameLookup } from './name-lookup.ts';

export interface Asker {
  /** One question; never rejects. One at a time. */
  ask(): Promise<ProbeOutcome>;
  close(): void;
}

export interface AskerDeps {
  names: NameLookup;
  system: Pick<System, 'timers' | 'steady' | 'random'>;
}

/** Within one question: what ends it, and what is done when it has ended. */
export interface Question {
  /** The first counts. */
  settle(outcome: ProbeOutcome): void;
  /** Milliseconds since it was begun. */
  elapsed(): number;
  /** Run when it has ended, in whatever way. */
  afterwards(task: () => void): void;
  /** Not run any more when it has ended. */
  after(ms: number, task: () => void): void;
}

/** `silent` after `timeoutMs`. `begin` may throw: that is an outcome too. */
export function question({ timers, steady }: Pick<System, 'timers' | 'steady'>, timeoutMs: number, begin: (question: Question) => void): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const began = steady();
    const cleanup: (() => void)[] = [];
    let ended = false;
    const settle = (outcome: ProbeOutcome): void => {
      if (ended) return;
      ended = true;
      for (const task of cleanup) task();
      resolve(outcome);
    };
    const after = (ms: number, task: () => void): void => {
      if (!ended) cleanup.push(timers.after(ms, task));
    };
    after(timeoutMs, () => settle({ is: 'silent' }));
    try {
      begin({ settle, after, elapsed: () => steady() - began, afterwards: (task) => (ended ? task() : void cleanup.push(task)) });
    } catch (error) {
      settle(outcomeOf(error));
    }
  });
}

const OURS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EACCES', 'EPERM', 'EAFNOSUPPORT']);
const NO_WAY = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);
const ENDED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** What an error of a socket says. */
export function outcomeOf(error: unknown): ProbeOutcome {
  const { code = 'UNKNOWN' } = error as { code?: string };
  if (code === 'ECONNREFUSED') return { is: 'refused' };
  if (code === 'ETIMEDOUT') return { is: 'silent' };
  if (ENDED.has(code)) return { is: 'closed' };
  if (NO_WAY.has(code)) return { is: 'unreachable', code };
  if (OURS.has(code)) return { is: 'not-asked', code };
  if (code.startsWith('HPE_')) return { is: 'garbled' };
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return { is: 'tls-failed', code };
  return { is: 'closed' };
}

/** Asks at one of the addresses of a place, after a miss at the next one. */
export function createAskerAt({ place, usual, names, ask, close = () => undefined }: { place: ProbePlace; usual: { port: number; service?: string }; names: NameLookup; ask(at: Endpoint): Promise<ProbeOutcome>; close?(): void }): Asker {
  let turn = 0;
  let closed = false;
  return {
    async ask() {
      const found = await names.find(place, usual);
      if ('code' in found) return { is: 'name-unknown', code: found.code };
      const at = found.endpoints[turn % found.endpoints.length];
      if (!at) return { is: 'name-unknown', code: 'ENODATA' };
      if (closed) return { is: 'not-asked', code: 'CLOSED' };
      const outcome = await ask(at);
      if (outcome.is !== 'answered') turn += 1;
      // What was opened while it was being closed.
      if (closed) close();
      return outcome;
    },
    close() {
      closed = true;
      close();
    },
  };
}

/** `host:port` as it stands in a URI. */
export function written({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
