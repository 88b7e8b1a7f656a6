/** A stand-in for Bandwidth: numbers and their options behind its API, and calls to them. Knows nothing of the product, and is meant to be hard to please. */
import { realClock, realRandom, realTimers } from '../outside.ts';
import type { Called, PlacedCall } from '../placed-call.ts';
import { createRestServer, type RestServer } from '../rest-server.ts';
import { createBook, type Book } from './book.ts';
import { placeCall, type Application, type Arrival, type Transcript } from './call.ts';
import { createCallsApi } from './placed-calls.ts';
import { answer, refusal } from './rest.ts';

export interface BandwidthOptions {
  accountId: string;
  username: string;
  password: string;
  /** Public origins and where they really listen. */
  origins?: ReadonlyMap<string, string>;
}

/** `url`: put it in place of `https://dashboard.bandwidth.com/api`, and `voiceUrl` in place of `https://voice.bandwidth.com/api/v2`. */
export interface Bandwidth extends RestServer {
  book: Book;
  voiceUrl: string;
  /** Who answers the calls that are placed over the API, by number or SIP address. */
  called: Map<string, Called>;
  placed: readonly PlacedCall[];
  /** To where a number's calls go without asking anybody; else Bandwidth asks the application. */
  placeCall(application: Application, arrival: Arrival): Promise<Transcript | { forwardedTo: string }>;
}

export async function createBandwidth({ accountId, username, password, origins = new Map() }: BandwidthOptions): Promise<Bandwidth> {
  const book = createBook(accountId);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const throttled = refusal(429, 'TnOptionOrderResponse', 32_002, 'Too many requests');
  const called = new Map<string, Called>();
  const world = { origins, timers: realTimers, clock: realClock, random: realRandom };
  const calls = createCallsApi(world, book, accountId, (to) => called.get(to));
  const server = await createRestServer({
    answer: (asked) => (asked.headers['authorization'] === authorization ? answer({ book, accountId, calls }, asked) : { status: 401, body: 'Unauthorized' }),
    throttled: (withWait) => (withWait ? { ...throttled, headers: { ...throttled.headers, 'Retry-After': '7' } } : throttled),
    broken: { status: 500, body: '<html>Internal Server Error</html>' },
  });
  return {
    ...server,
    url: `${server.url}/api`,
    voiceUrl: `${server.url}/api/v2`,
    book,
    called,
    placed: calls.placed,
    async placeCall(application, arrival) {
      const forwardedTo = book.number(arrival.to.slice(2))?.options.CallForward ?? '';
      return forwardedTo === '' ? placeCall({ application, ...world }, arrival) : { forwardedTo };
    },
  };
}
