/** What a drain must know of its subscriber, as the routing table has it now. */
import { replayFlow, type Flow } from '../../rules/replay-flow.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import { SUBSCRIBER_DEFAULTS, type Subscriber } from '../domain/subscriber.ts';
import { webhookKey } from '../posting/standard-webhooks.ts';
import type { Worth } from '../store/backlog-store.ts';
import type { Target } from './deliver.ts';
import { termsOf } from './terms.ts';

export interface SubscriberFacts {
  /** Another object when anything of it was changed. */
  record: Subscriber;
  worth: Worth;
  flow: Flow;
  scope: { primary: string } | { subscriber: string; ceiling: number };
  maxInFlight: number;
  retryForSeconds: number;
}

/** Undefined: there is no such subscriber. */
export function subscriberFacts(table: RoutingTable, subscriber: string): SubscriberFacts | undefined {
  const record = table.subscriber(subscriber);
  if (!record) return undefined;
  const { primary, maxInFlight = SUBSCRIBER_DEFAULTS.maxInFlight, retryForSeconds = SUBSCRIBER_DEFAULTS.retryForSeconds } = record;
  return {
    record,
    worth: termsOf(table, subscriber).worth,
    flow: replayFlow(primary === undefined ? undefined : table.state(primary)),
    scope: primary === undefined ? { subscriber, ceiling: maxInFlight } : { primary },
    maxInFlight,
    retryForSeconds,
  };
}

/** Where it is posted. Throws for a secret that cannot be read or is none. */
export function targetOf({ url, secret, oldSecrets = [], timeoutSeconds = SUBSCRIBER_DEFAULTS.timeoutSeconds }: Subscriber, open: (stored: string) => string): Target {
  const keys = [secret, ...oldSecrets].map((stored) => {
    const key = webhookKey(open(stored));
    if (!key) throw new Error('a secret is not `whsec_` and 24 to 64 bytes in Base64');
    return key;
  });
  return { url, keys, timeoutMs: timeoutSeconds * 1000 };
}
