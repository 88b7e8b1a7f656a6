/** The reference targets: asked now and then, and at once when a probe misses, so that nobody is called down while it is us who are cut off. */
import { proofSince, type Proof, type Reference } from '../../rules/own-network.ts';
import { probeTo, type Probe } from '../domain/probe.ts';
import type { System } from '../system/system.ts';
import type { Asker } from './probes/asker.ts';

export interface References {
  /** Whether our own network is proven by answers to what was asked at or after `since` (steady clock); asks when it is not known yet. Never rejects. */
  proofSince(since: number): Promise<Proof>;
  /** Whether it is proven by what was asked lately: at the ordinary times, or when a probe missed. */
  readonly lately: Proof;
  /** How many did not answer when they were last asked. */
  readonly silent: number;
  /** Takes the targets of the policy in force. */
  renew(): void;
  start(): void;
  stop(): void;
}

/** Times of asking that an answer may be old: one may be under way, and one be late. */
const LATELY = 2.5;

interface Asked extends Reference {
  target: string;
  asker: Asker;
  silent: boolean;
}

interface Options {
  policy(): { targets: readonly string[]; everySeconds: number };
  createAsker(probe: Probe): Asker;
  system: Pick<System, 'timers' | 'steady'>;
}

export function createReferences({ policy, createAsker, system }: Options): References {
  let asked: Asked[] = [];
  let check: { beganAt: number; done: Promise<void> } | undefined;
  let cancel: () => void = () => undefined;
  let stopped = true;

  async function ask(one: Asked): Promise<void> {
    const at = system.steady();
    const outcome = await one.asker.ask();
    one.silent = outcome.is !== 'answered';
    if (!one.silent) one.answeredAskedAt = at;
  }

  /** All of them, one round at a time. */
  async function round(): Promise<void> {
    await Promise.all(asked.map(ask));
    check = undefined;
  }

  function askAll(): Promise<void> {
    const beganAt = system.steady();
    const done = round();
    check = { beganAt, done };
    return done;
  }

  async function now(): Promise<void> {
    await (check?.done ?? askAll());
    if (!stopped) next();
  }

  function next(): void {
    cancel = system.timers.after(policy().everySeconds * 1000, () => void now());
  }

  function renew(): void {
    const { targets } = policy();
    for (const { target, asker } of asked) if (!targets.includes(target)) asker.close();
    asked = targets.map((target) => asked.find((one) => one.target === target) ?? { target, asker: createAsker(probeTo(target)), silent: false, answeredAskedAt: undefined });
  }

  return {
    async proofSince(since) {
      while (proofSince(asked, since) === 'cut-off') {
        const under = check;
        await (under?.done ?? askAll());
        // A round that began before says nothing of what was asked after it: one more.
        if (under === undefined || under.beganAt >= since) break;
      }
      return proofSince(asked, since);
    },
    get lately() {
      return proofSince(asked, system.steady() - LATELY * policy().everySeconds * 1000);
    },
    get silent() {
      return asked.filter(({ silent }) => silent).length;
    },
    renew,
    start() {
      if (!stopped) return;
      stopped = false;
      renew();
      next();
    },
    stop() {
      stopped = true;
      cancel();
      for (const { asker } of asked) asker.close();
      asked = [];
    },
  };
}
