/**
 * A system that is told of events, as strict as the standard has it: it takes what is signed and says what it is, keeps note of what it took, and
 * answers as well or as badly as it is told to. Every path is one; the same secret for all.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signatureFault } from '../standard-webhooks.ts';
import { createKnee, type Capacity, type Knee, type KneeReport } from './knee.ts';
import { createSeen, quantiles, type Quantiles, type SeenReport, type Taken } from './seen.ts';

export interface Behaviour {
  /**
   * - `answer` (the default): with `status`, 204 unless it is given
   * - `reset`: takes it, and the connection breaks before the answer
   * - `hang`: no answer at all, not taken
   * - `lie`: says 200, and the connection breaks in the middle of what it says; every other is not taken
   */
  does?: 'answer' | 'reset' | 'hang' | 'lie';
  /** Anything but 2xx is not taken. */
  status?: number;
  retryAfterSeconds?: number;
  /** One in so many posts meets what is above, others are answered well; default each. */
  oneIn?: number;
  /** How long an answer takes, milliseconds; default 0. */
  afterMs?: number;
  /** How much it can take; what is beyond that is answered 503. */
  capacity?: Capacity;
  /** What is about a line whose number at the end can be divided by this is answered 500, for ever. */
  poisonOneIn?: number;
  /** Only one in so many is looked into, for who measures how fast the sender is; default each. */
  checkOneIn?: number;
}

export interface SubscriberReport extends SeenReport, KneeReport {
  posts: number;
  /** How many were answered so. */
  statuses: Record<string, number>;
  unsigned: number;
  forged: number;
  stale: number;
  /** Not what an event is, signed or not. */
  malformed: number;
  mostInFlight: number;
  /** How long an answer took, milliseconds; and how long it had to take by the capacity, whatever else the machine did. */
  answers: Quantiles;
  reckoned: Quantiles;
}

export interface Subscriber {
  readonly url: string;
  readonly secret: string;
  behave(behaviour: Behaviour): void;
  report(): SubscriberReport;
  /** Different ones so far. */
  readonly taken: number;
  lap(): void;
  missing(count: number): number[];
  lines(): Record<string, number>;
  close(): Promise<void>;
}

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const EVENTS = 'application/cloudevents+json';

/** CloudEvents 1.0 in structured mode, what is required of it (https://github.com/cloudevents/spec, 3.1); undefined when it is not that. */
function eventIn(body: Buffer): Taken | undefined {
  try {
    const { specversion, id, source, type, data } = JSON.parse(body.toString()) as Record<string, unknown>;
    const texts = [id, source, type].every((text) => typeof text === 'string' && text !== '');
    return specversion === '1.0' && texts ? { id: String(id), data: data ?? {} } : undefined;
  } catch {
    return undefined;
  }
}

const isPoison = (line: string | undefined, oneIn: number | undefined): boolean => oneIn !== undefined && line !== undefined && Number(/\d+$/.exec(line)?.[0] ?? 1) % oneIn === 0;

export async function createSubscriber({ secret = SECRET, behaviour: first = {} }: { secret?: string; behaviour?: Behaviour } = {}): Promise<Subscriber> {
  const seen = createSeen();
  let behaviour = first;
  let knee: Knee = createKnee(first.capacity ?? { workers: 1, serviceMs: 0, queue: 0 });
  let answers: number[] = [];
  let reckoned: number[] = [];
  const counts = { posts: 0, unsigned: 0, forged: 0, stale: 0, malformed: 0, mostInFlight: 0 };
  const statuses: Record<string, number> = {};
  let inFlight = 0;
  let met = 0;
  let lies = 0;

  function say(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
    statuses[status] = (statuses[status] ?? 0) + 1;
    response.writeHead(status, headers).end();
  }

  /** What came, undefined when it was refused for what it is. */
  function open({ headers, url: path = '' }: IncomingMessage, body: Buffer): Taken | undefined {
    const id = String(headers['webhook-id'] ?? '');
    if (id !== '' && counts.posts % (behaviour.checkOneIn ?? 1) !== 0) return { id: path + id, data: undefined };
    const fault = signatureFault(headers, body, secret);
    if (fault !== undefined) {
      counts[fault] += 1;
      return undefined;
    }
    const isEvent = headers['content-type']?.startsWith(EVENTS) === true;
    const event = isEvent ? eventIn(body) : { id, data: {} };
    if (event?.id !== id) {
      counts.malformed += 1;
      return undefined;
    }
    // The same event may be told to several.
    return { id: path + id, data: event.data };
  }

  /** Undefined: it is answered well. */
  function fault(taken: Taken): Behaviour | undefined {
    if (isPoison(taken.data?.line, behaviour.poisonOneIn)) return { status: 500 };
    const { does = 'answer', status = 204, oneIn = 1 } = behaviour;
    if (does === 'answer' && status < 300) return undefined;
    met += 1;
    return met % oneIn === 0 ? behaviour : undefined;
  }

  function fail(response: ServerResponse, taken: Taken, { does = 'answer', status = 500, retryAfterSeconds }: Behaviour): void {
    if (does === 'hang') return;
    if (does === 'lie') lies += 1;
    if (does === 'reset' || (does === 'lie' && lies % 2 === 0)) seen.take(taken, Date.now());
    if (does === 'answer') return say(response, status, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });
    statuses[does] = (statuses[does] ?? 0) + 1;
    if (does === 'reset') response.socket?.resetAndDestroy();
    else response.writeHead(200, { 'content-length': '100' }).write('{"taken":', () => response.socket?.destroy());
  }

  function finish(response: ServerResponse, taken: Taken, from: number): void {
    const wrong = fault(taken);
    if (wrong) return fail(response, taken, wrong);
    const now = performance.now();
    seen.take(taken, performance.timeOrigin + now);
    answers.push(now - from);
    say(response, 204);
  }

  function serve(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    counts.posts += 1;
    const taken = open(request, body);
    if (!taken) return say(response, 401);
    const from = performance.now();
    const wait = behaviour.capacity ? knee.admit(from) : (behaviour.afterMs ?? 0);
    if (wait === undefined) return say(response, 503);
    reckoned.push(wait);
    inFlight += 1;
    counts.mostInFlight = Math.max(counts.mostInFlight, inFlight);
    const done = (): void => {
      inFlight -= 1;
      finish(response, taken, from);
    };
    if (wait <= 0) done();
    else setTimeout(done, wait);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => serve(request, response, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', () => undefined);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret,
    behave(next) {
      if (next.capacity && behaviour.capacity) knee.change(next.capacity);
      else if (next.capacity) knee = createKnee(next.capacity);
      behaviour = next;
    },
    report: () => ({ ...counts, statuses: { ...statuses }, ...seen.report(), ...knee.report(), answers: quantiles(answers), reckoned: quantiles(reckoned) }),
    lap() {
      seen.lap();
      answers = [];
      reckoned = [];
    },
    get taken() {
      return seen.taken;
    },
    missing: seen.missing,
    lines: seen.lines,
    close() {
      // What was left hanging on purpose would keep it open.
      server.closeAllConnections();
      return new Promise((resolve) => { server.close(() => resolve()); });
    },
  };
}
