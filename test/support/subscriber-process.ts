/** The stand-in for a subscriber as a process of its own, from dist/: told how to behave, and asked what it has seen. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SubscriberOrder, SubscriberSays } from '../../stand-ins/subscriber/main.ts';
import type { Behaviour, SubscriberReport } from '../../stand-ins/subscriber/subscriber.ts';

export interface SubscriberProcess {
  readonly url: string;
  readonly secret: string;
  readonly pid: number;
  behave(behaviour: Behaviour): Promise<void>;
  report(): Promise<SubscriberReport>;
  /** How many it has taken: may be asked again and again while times are measured, which a report may not. */
  taken(): Promise<number>;
  /** Times and rates are counted from now on. */
  lap(): Promise<void>;
  /** Of the numbers from 0 up to `count`, which were not taken. */
  missing(count: number): Promise<number[]>;
  /** The last number of each line. */
  lines(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

const HERE = import.meta.dirname;
/** Benchmarks run from dist/ themselves. */
const DIST = import.meta.url.endsWith('.ts') ? join(HERE, '../../dist') : join(HERE, '../..');

export async function startSubscriber(behaviour: Behaviour = {}): Promise<SubscriberProcess> {
  const child = fork(join(DIST, 'stand-ins/subscriber/main.js'), [JSON.stringify(behaviour)]);
  const gone = once(child, 'exit').then(() => {
    throw new Error('the subscriber has ended');
  });
  gone.catch(() => undefined);
  const said = async (): Promise<SubscriberSays> => ((await Promise.race([once(child, 'message'), gone])) as [SubscriberSays])[0];
  /** One order at a time: each has one answer. */
  let last: Promise<unknown> = Promise.resolve();
  function ask(order: SubscriberOrder): Promise<SubscriberSays> {
    const answer = last.then(() => {
      const answered = said();
      child.send(order);
      return answered;
    });
    last = answer.catch(() => undefined);
    return answer;
  }
  const first = await said();
  if (!('url' in first)) throw new Error('the subscriber did not say where it is');
  const wrong = (): never => {
    throw new Error('the subscriber answered something else');
  };
  return {
    ...first,
    pid: child.pid ?? 0,
    behave: async (next) => void (await ask({ behave: next })),
    async report() {
      const answer = await ask({ report: true });
      return 'report' in answer ? answer.report : wrong();
    },
    async taken() {
      const answer = await ask({ taken: true });
      return 'taken' in answer ? answer.taken : wrong();
    },
    lap: async () => void (await ask({ lap: true })),
    async missing(count) {
      const answer = await ask({ missing: count });
      return 'missing' in answer ? answer.missing : wrong();
    },
    async lines() {
      const answer = await ask({ lines: true });
      return 'lines' in answer ? answer.lines : wrong();
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
