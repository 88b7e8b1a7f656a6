/**
 * Looks up where a probe goes (RFC 3263, without NAPTR): SRV records where no port is given, then addresses. What was found once serves on
 * while it is looked up anew, and for as long as nobody answers: that a name cannot be looked up says nothing of the server. A name
 * that was taken away is forgotten.
 */
import { isIP } from 'node:net';
import { isForbiddenAddress } from '../../../rules/probe-laws.ts';
import type { ProbePlace } from '../../domain/probe.ts';

export interface Endpoint {
  address: string;
  port: number;
}

/** What is asked: as `node:dns/promises` has it. Rejects with an error that has a `code`. */
export interface NameServer {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  resolveSrv(name: string): Promise<{ name: string; port: number; priority: number; weight: number }[]>;
  /** The system's own list of hosts, and whatever else it asks. */
  lookup(name: string): Promise<string[]>;
}

export type Found = { endpoints: readonly Endpoint[] } | { code: string };

export interface NameLookup {
  /** All that is known, the preferred first. Never rejects. */
  find(place: ProbePlace, usual: { port: number; service?: string }): Promise<Found>;
}

/** So long an answer is taken for new, milliseconds. */
const FRESH_MS = 30_000;
/** A name that its own servers say is not there: so long nobody is told, milliseconds. */
const GONE_MS = 60_000;
/** After a failure it is asked again after this, milliseconds. */
const AGAIN_MS = 2000;
/** Names that are remembered. */
const REMEMBERED = 20_000;

const NOT_THERE = new Set(['ENOTFOUND', 'ENODATA']);

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'UNKNOWN';

interface Entry {
  found: Found;
  /** On the steady clock. */
  askAgainAt: number;
  goneSince: number | undefined;
  asking: Promise<void> | undefined;
}

async function addressesOf(server: NameServer, host: string): Promise<string[]> {
  try {
    const four = await server.resolve4(host).catch((error: unknown) => {
      if (codeOf(error) !== 'ENODATA') throw error;
      return [];
    });
    return four.length > 0 ? four : await server.resolve6(host);
  } catch (error) {
    // In no DNS, but perhaps in the system's own list; without any name server that is all there is.
    if (!NOT_THERE.has(codeOf(error)) && codeOf(error) !== 'ECONNREFUSED') throw error;
    return server.lookup(host);
  }
}

async function endpointsOf(server: NameServer, { host, port }: ProbePlace, usual: { port: number; service?: string }): Promise<Endpoint[]> {
  const records = port === undefined && usual.service !== undefined ? await server.resolveSrv(`${usual.service}.${host}`).catch(() => []) : [];
  const ranked = records.toSorted((one, other) => one.priority - other.priority || other.weight - one.weight);
  const places = ranked.length > 0 ? ranked : [{ name: host, port: port ?? usual.port }];
  const found: Endpoint[] = [];
  let failure: unknown;
  for (const place of places.slice(0, 4)) {
    try {
      for (const address of await addressesOf(server, place.name)) if (!isForbiddenAddress(address)) found.push({ address, port: place.port });
    } catch (error) {
      failure = error;
    }
  }
  if (found.length === 0) throw failure ?? Object.assign(new Error('no address that may be asked'), { code: 'ENODATA' });
  return found;
}

export function createNameLookup({ server, steady }: { server: NameServer; steady(): number }): NameLookup {
  const entries = new Map<string, Entry>();

  async function ask(entry: Entry, place: ProbePlace, usual: { port: number; service?: string }): Promise<void> {
    try {
      entry.found = { endpoints: await endpointsOf(server, place, usual) };
      entry.goneSince = undefined;
      entry.askAgainAt = steady() + FRESH_MS;
    } catch (error) {
      const [now, code] = [steady(), codeOf(error)];
      entry.goneSince = NOT_THERE.has(code) ? (entry.goneSince ?? now) : undefined;
      const gone = entry.goneSince !== undefined && now - entry.goneSince >= GONE_MS;
      if ('code' in entry.found || gone) entry.found = { code };
      entry.askAgainAt = now + AGAIN_MS;
    }
    entry.asking = undefined;
  }

  return {
    async find(place, usual) {
      const bare = place.host.replace(/^\[|\]$/g, '');
      if (isIP(bare) !== 0) return isForbiddenAddress(bare) ? { code: 'FORBIDDEN' } : { endpoints: [{ address: bare, port: place.port ?? usual.port }] };
      const key = `${place.host} ${place.port ?? usual.service ?? usual.port}`;
      let entry = entries.get(key);
      if (!entry) {
        if (entries.size >= REMEMBERED) entries.delete(entries.keys().next().value ?? '');
        entries.set(key, (entry = { found: { code: 'UNKNOWN' }, askAgainAt: Number.NEGATIVE_INFINITY, goneSince: undefined, asking: undefined }));
      }
      if (steady() >= entry.askAgainAt) entry.asking ??= ask(entry, place, usual);
      if ('code' in entry.found) await entry.asking;
      return entry.found;
    },
  };
}
