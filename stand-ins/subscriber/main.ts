/**
 * A subscriber as a process of its own, forked: it says `{"url","secret"}` when it listens, and answers each order with what came of it. Its one argument, if any, is how it behaves, as JSON.
 * It ends when whoever forked it is gone.
 */
import { createSubscriber, type Behaviour, type SubscriberReport } from './subscriber.ts';

export type SubscriberOrder = { behave: Behaviour } | { report: true } | { taken: true } | { lap: true } | { missing: number } | { lines: true };
export type SubscriberSays = { url: string; secret: string } | { report: SubscriberReport } | { taken: number } | { missing: number[] } | { lines: Record<string, number> } | { done: true };

const subscriber = await createSubscriber({ behaviour: JSON.parse(process.argv[2] ?? '{}') as Behaviour });
const say = (says: SubscriberSays): void => void process.send?.(says);

process.on('message', (order: SubscriberOrder) => {
  if ('report' in order) return say({ report: subscriber.report() });
  if ('taken' in order) return say({ taken: subscriber.taken });
  if ('missing' in order) return say({ missing: subscriber.missing(order.missing) });
  if ('lines' in order) return say({ lines: subscriber.lines() });
  if ('behave' in order) subscriber.behave(order.behave);
  else subscriber.lap();
  say({ done: true });
});
process.once('disconnect', () => process.exit());
say({ url: subscriber.url, secret: subscriber.secret });
