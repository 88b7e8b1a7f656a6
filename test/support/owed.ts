/** What is owed to subscribers, as it stands in Redis, and a subscriber without which nothing is. */
import type { Redis } from 'ioredis';
import { Value } from 'typebox/value';
import { EVENT_KINDS } from '../../src/domain/event-kinds.ts';
import { readOwed, type Owed, type OwedEvent } from '../../src/domain/owed.ts';
import type { Subscriber } from '../../src/domain/subscriber.ts';
import { keys } from '../../src/store/keys.ts';

export const CRM: Subscriber = { url: 'https://crm.example.net/events', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };

/** The oldest first. */
export async function owed(redis: Redis): Promise<Owed[]> {
  const entries = await redis.xrange(keys.owed, '-', '+');
  return entries.map(([, [, text = '']]) => {
    const read = readOwed(text);
    if (!read) throw new Error(`what is owed cannot be read: ${text}`);
    return read;
  });
}

/** Those of primaries; each as the catalogue says, or it throws. */
export async function owedEvents(redis: Redis): Promise<OwedEvent[]> {
  const events = (await owed(redis)).filter((one): one is OwedEvent => 'event' in one);
  for (const { event, data } of events) Value.Assert(EVENT_KINDS[event].data, data);
  return events;
}
