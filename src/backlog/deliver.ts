/**
 * Posts notifications to subscribers: one try each, signed, one time-out for the whole, no redirects, never to an address that nothing is sent to. What
 * came of it is told to a function: a promise for each would cost more than all else here.
 */
import type { Notification } from '../domain/notification.ts';
import { guardedLookup, isRefusedHost } from '../posting/guarded-lookup.ts';
import { createSigner } from '../posting/standard-webhooks.ts';
import type { System } from '../system/system.ts';
import { createDeadline } from './deadline.ts';
import { envelopeOf } from './envelope.ts';
import { Exchange, type Answer, type Course } from './exchange.ts';
import { createLane, type Lane } from './lane.ts';
import { createOwnDelay } from './own-delay.ts';

/** `done` is called once, it may be before this returns. */
export type Post = (notification: Notification, done: (answer: Answer) => void) => void;

export interface Target {
  url: string;
  /** It is signed with each (`webhookKey`). */
  keys: readonly Uint8Array[];
  timeoutMs: number;
}

export interface Deliverer {
  /** For all posts to one subscriber, as long as these hold. `maySend` is asked once there is a connection, which may be long after: false, and it is `unsent`. */
  to(target: Target, maySend?: () => boolean): Post;
  /** Breaks off what is under way, which is told as `unanswered`. */
  close(): void;
}

interface Options {
  /** Of the events: the address of this service. */
  source: string;
  /** Whether private networks and this machine may be posted to. */
  mayBePrivate: boolean;
  system: Pick<System, 'clock' | 'steady' | 'idle' | 'timers'>;
}

export function createDeliverer({ source, mayBePrivate, system }: Options): Deliverer {
  const { clock } = system;
  const lookup = guardedLookup(mayBePrivate);
  const lanes = new Map<string, Lane>();
  const ownDelay = createOwnDelay(system);

  function laneTo(origin: string): Lane {
    let lane = lanes.get(origin);
    if (!lane) lanes.set(origin, (lane = createLane(origin, lookup, () => lanes.delete(origin))));
    return lane;
  }

  return {
    to({ url, keys, timeoutMs }, maySend = () => true) {
      const address = new URL(url);
      const { origin } = address;
      const path = address.pathname + address.search;
      const sign = createSigner(keys);
      if (isRefusedHost(address, mayBePrivate)) {
        return (_notification, done) => done({ is: 'unanswered', status: 0, ms: 0, ownMs: 0, said: () => 'an address that nothing is posted to' });
      }
      const course: Course = { system, ownDelay, maySend, deadline: createDeadline(timeoutMs, system, (exchange) => exchange.fail('timed out')) };
      return (notification, done) => {
        const { headers, body } = envelopeOf(notification, source);
        const signed = sign(notification.id, clock.now(), body);
        const lane = laneTo(origin);
        const client = lane.take();
        client.dispatch({
          // One at a time is sent over a connection: nothing is held up by what takes long.
          method: 'POST', path, body: signed.body, blocking: false,
          headers: [...headers, 'user-agent', 'Ringthrough', 'webhook-id', notification.id, 'webhook-timestamp', signed.timestamp, 'webhook-signature', signed.signature],
        }, new Exchange(course, lane, client, done));
      };
    },
    close() {
      for (const lane of lanes.values()) lane.close();
    },
  };
}
