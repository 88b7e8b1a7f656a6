/**
 * The routing table: all numbers, plans and primaries' states in memory, so that answering a call touches no network
 * and no disk. It is fed by the loader and the change stream (src/store/follower.ts) and knows nothing of Redis.
 */
import { holdsOver, wordOf, type Word } from '../../rules/operators-word.ts';
import type { Automation } from '../domain/automation.ts';
import type { Carrier } from '../domain/carrier.ts';
import type { Customer, Provider } from '../domain/customer.ts';
import type { StoredKey } from '../domain/key.ts';
import type { NumberRecord } from '../domain/number.ts';
import type { Plan } from '../domain/plan.ts';
import { isE164 } from '../domain/phone-number.ts';
import { INITIAL_STATE, type Primary, type PrimaryState } from '../domain/primary.ts';
import type { Receiver, Silence } from '../domain/receiver.ts';
import type { Source } from '../domain/source.ts';
import type { Subscriber } from '../domain/subscriber.ts';
import { decodePayload, decodeRule, ruleOf } from '../store/codec.ts';
import type { Collection } from '../store/keys.ts';
import { createNumberIndex } from './number-index.ts';

export interface RoutingTable {
  /** What is known of a number; without its carrierRef, which no call needs. */
  number(number: string): NumberRecord | undefined;
  readonly numberCount: number;
  /** Calls `visit` for each set of numbers that share everything, with how many they are. */
  eachRule(visit: (rule: NumberRecord, numbers: number) => void): void;
  /** Up to `most` of the numbers whose rule is wanted, in no order. */
  someNumbers(wanted: (rule: NumberRecord) => boolean, most: number): string[];
  provider(): Provider;
  automation(): Automation;
  customer(id: string): Customer | undefined;
  plan(id: string): Plan | undefined;
  primary(id: string): Primary | undefined;
  /** As calls are judged by it. */
  state(primary: string): PrimaryState;
  /** As it came from Redis, without what was said over it here. */
  stored(primary: string): PrimaryState;
  carrier(id: string): Carrier | undefined;
  key(id: string): StoredKey | undefined;
  source(id: string): Source | undefined;
  receiver(id: string): Receiver | undefined;
  silence(id: string): Silence | undefined;
  subscriber(id: string): Subscriber | undefined;
  ids(collection: 'customers' | 'carriers' | 'primaries' | 'plans' | 'keys' | 'sources' | 'receivers' | 'silences' | 'subscribers'): Iterable<string>;
  /**
   * Takes one record as it is now; `payload` undefined removes it. False when the payload is unreadable: what was known
   * of the record stays in force.
   */
  apply(collection: Collection, id: string, payload: string | undefined): boolean;
  /** The same for a number, by its digits and the shared part of its payload. */
  takeNumber(digits: number, rule: string): boolean;
  image(): TableImage;
}

/** All that a table holds at one moment; cheap to take, whatever its size, and not changed by what comes later. */
export interface TableImage {
  rules: readonly string[];
  /** E.164 numbers without their `+`, and the rule of each; slots of zero or less hold none. */
  numbers: { slots: Float64Array; values: Uint32Array };
  records: readonly { collection: Exclude<Collection, 'numbers'>; id: string; record: unknown }[];
}

type Held = 'provider' | 'automation' | 'customers' | 'carriers' | 'primaries' | 'states' | 'plans' | 'keys' | 'sources' | 'receivers' | 'silences' | 'subscribers';

/** Numbers that share customer, primary, carrier and plan share one rule. */
function createRules() {
  const idOf = new Map<string, number>();
  const rules: (NumberRecord | undefined)[] = [];
  const texts: string[] = [];
  const counts: number[] = [];
  const free: number[] = [];
  return {
    /** The id of a rule's text, undefined when it is unreadable. */
    intern(text: string): number | undefined {
      const known = idOf.get(text);
      if (known !== undefined) return known;
      const rule = decodeRule(text);
      if (!rule) return undefined;
      const id = free.pop() ?? rules.length;
      rules[id] = rule;
      texts[id] = text;
      counts[id] = 0;
      idOf.set(text, id);
      return id;
    },
    use(id: number): void {
      counts[id] = (counts[id] ?? 0) + 1;
    },
    release(id: number): void {
      const left = (counts[id] ?? 0) - 1;
      counts[id] = left;
      if (left > 0) return;
      idOf.delete(texts[id] ?? '');
      rules[id] = undefined;
      free.push(id);
    },
    get: (id: number): NumberRecord | undefined => rules[id],
    texts: (): string[] => texts.map((text, id) => (rules[id] ? text : '')),
    each(visit: (rule: NumberRecord, numbers: number) => void): void {
      rules.forEach((rule, id) => {
        if (rule) visit(rule, counts[id] ?? 0);
      });
    },
  };
}

/** A state that an operator's word puts over the one from Redis. */
export interface SaidOver {
  state: PrimaryState;
  word: Word;
}

/** `said` has the states that operators' words put over those from Redis while it was away. */
export function createRoutingTable(expectedNumbers = 0, said: ReadonlyMap<string, SaidOver> = new Map()): RoutingTable {
  const rules = createRules();
  const numbers = createNumberIndex(expectedNumbers);
  const held = {
    provider: new Map<string, Provider>(),
    automation: new Map<string, Automation>(),
    customers: new Map<string, Customer>(),
    carriers: new Map<string, Carrier>(),
    primaries: new Map<string, Primary>(),
    states: new Map<string, PrimaryState>(),
    plans: new Map<string, Plan>(),
    keys: new Map<string, StoredKey>(),
    sources: new Map<string, Source>(),
    receivers: new Map<string, Receiver>(),
    silences: new Map<string, Silence>(),
    subscribers: new Map<string, Subscriber>(),
  };

  function applyNumber(id: string, payload: string | undefined): boolean {
    if (!isE164(id)) return false;
    if (payload === undefined) {
      const before = numbers.delete(id);
      if (before !== undefined) rules.release(before);
      return true;
    }
    const text = ruleOf(payload);
    return text !== undefined && takeNumber(Number(id.slice(1)), text);
  }

  function takeNumber(digits: number, text: string): boolean {
    const rule = rules.intern(text);
    if (rule === undefined) return false;
    rules.use(rule);
    const before = numbers.setDigits(digits, rule);
    if (before !== undefined) rules.release(before);
    return true;
  }

  function applyHeld(collection: Held, id: string, payload: string | undefined): boolean {
    const records = held[collection] as Map<string, unknown>;
    if (payload === undefined) {
      records.delete(id);
      return true;
    }
    const record = decodePayload(collection, payload);
    if (record === undefined) return false;
    records.set(id, record);
    return true;
  }

  const stored = (primary: string): PrimaryState => held.states.get(primary) ?? INITIAL_STATE;

  return {
    number(number) {
      const rule = numbers.get(number);
      return rule === undefined ? undefined : rules.get(rule);
    },
    get numberCount() {
      return numbers.size;
    },
    eachRule: (visit) => rules.each(visit),
    someNumbers(wanted, most) {
      const verdicts = new Map<number, boolean>();
      const isWanted = (id: number): boolean => {
        const rule = rules.get(id);
        const verdict = verdicts.get(id) ?? (rule !== undefined && wanted(rule));
        verdicts.set(id, verdict);
        return verdict;
      };
      const found: string[] = [];
      numbers.each(isWanted, (number) => found.push(number) < most);
      return found;
    },
    provider: () => held.provider.get('provider') ?? {},
    automation: () => held.automation.get('automation') ?? {},
    customer: (id) => held.customers.get(id),
    plan: (id) => held.plans.get(id),
    primary: (id) => held.primaries.get(id),
    state(primary) {
      const now = stored(primary);
      if (said.size === 0) return now;
      const over = said.get(primary);
      return over && holdsOver(over.word, wordOf(now)) ? over.state : now;
    },
    stored,
    carrier: (id) => held.carriers.get(id),
    key: (id) => held.keys.get(id),
    source: (id) => held.sources.get(id),
    receiver: (id) => held.receivers.get(id),
    silence: (id) => held.silences.get(id),
    subscriber: (id) => held.subscribers.get(id),
    ids: (collection) => held[collection].keys(),
    image() {
      const records = (Object.keys(held) as Held[]).flatMap((collection) => [...held[collection]].map(([id, record]) => ({ collection, id, record })));
      return { rules: rules.texts(), numbers: numbers.image(), records };
    },
    apply(collection, id, payload) {
      if (collection === 'numbers') return applyNumber(id, payload);
      if (collection in held) return applyHeld(collection as Held, id, payload);
      return true;
    },
    takeNumber,
  };
}
