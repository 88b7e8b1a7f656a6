/** How a subscriber is posted to just now: what it is, where and in which budget; another way when its record or its primary says otherwise. */
import type { Logger } from 'pino';
import type { Budget, Budgets } from './budgets.ts';
import type { Deliverer, Post, Target } from './deliver.ts';
import type { SubscriberFacts } from './facts.ts';
import type { Way } from './sender.ts';

export interface WayDeps {
  budgets: Pick<Budgets, 'of'>;
  deliverer: Pick<Deliverer, 'to'>;
  /** As it is now; undefined: there is no such subscriber. */
  facts(): SubscriberFacts | undefined;
  /** Throws when it cannot be posted to. */
  target(record: SubscriberFacts['record']): Target;
  log: Logger;
}

export interface Ways {
  /** Looks what holds now. */
  refresh(): void;
  /** Who waits for a turn waits no longer. */
  dismiss(): void;
  /** Undefined: there is no such subscriber. */
  readonly facts: SubscriberFacts | undefined;
  /** Undefined: it cannot be posted to. */
  readonly way: Way | undefined;
}

/** `unfit`: it cannot be posted to. `maySend`: whether the backlog is ours still. */
export function createWays(subscriber: string, { budgets, deliverer, facts, target, log }: WayDeps, { unfit, maySend }: { unfit(): void; maySend(): boolean }): Ways {
  let now = facts();
  let way: Way | undefined;
  let post: { by: Post; of: SubscriberFacts['record'] } | undefined;
  let budget: { is: Budget; of: string } | undefined;

  function postOf({ record }: SubscriberFacts): Post | undefined {
    if (post?.of === record) return post.by;
    try {
      post = { by: deliverer.to(target(record), maySend), of: record };
      return post.by;
    } catch (error) {
      log.warn({ err: error, subscriber }, 'a subscriber cannot be posted to');
      unfit();
      return undefined;
    }
  }

  const ways: Ways = {
    refresh() {
      now = facts();
      if (!now) return;
      const of = JSON.stringify(now.scope);
      if (budget?.of !== of) {
        ways.dismiss();
        budget = { is: budgets.of(now.scope), of };
      }
      const by = postOf(now);
      way = by && { post: by, budget: budget.is, worth: now.worth, retryForSeconds: now.retryForSeconds };
    },
    dismiss: () => budget?.is.dismiss(subscriber),
    get facts() {
      return now;
    },
    get way() {
      return way;
    },
  };
  return ways;
}

