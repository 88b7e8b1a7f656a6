/**
 * The policy in force: read at start, read again when its file changes, the last good one kept. A good one is also kept beside the
 * data, so that a start with a bad file goes on with it: a mistake in a file must not leave calls unanswered.
 */
import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, watch, writeFileSync, type FSWatcher } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Policy } from '../domain/policy.ts';
import type { Timers } from '../system/system.ts';
import { readPolicy, toldFaults, type ReadPolicy } from './read-policy.ts';

/** The policy that comes with the program; beside it in the sources and in the build. */
export const SHIPPED_POLICY_FILE = fileURLToPath(new URL('../../rules/policy.yaml', import.meta.url));

/** An editor writes a file in several steps, and one event tells nothing of whether it has finished, milliseconds. */
const SETTLE_MS = 100;
/** Where changes are not told (some network file systems) they are looked for, milliseconds. */
const LOOK_AGAIN_MS = 30_000;
const KEPT = 'policy.last-good.yaml';

export interface PolicyFile {
  readonly current: Policy;
  /** False while the file on disk is not what is in force. */
  readonly fileIsGood: boolean;
  /** `changed` when another policy came into force. */
  readonly events: EventEmitter<{ changed: [] }>;
  close(): void;
}

interface Options {
  /** Undefined: the one that comes with the program, which does not change. */
  file: string | undefined;
  /** Where the last good one is kept. */
  dataDir: string;
  log: Logger;
  timers: Timers;
  /** Told of each reading. */
  onRead?(result: 'taken' | 'refused'): void;
}

/** The policy that comes with the program. */
export function shippedPolicy(): Policy {
  const read = readPolicy(readFileSync(SHIPPED_POLICY_FILE, 'utf8'));
  if ('faults' in read) throw new Error(`The policy that comes with the program is broken: ${toldFaults(SHIPPED_POLICY_FILE, read.faults).join('; ')}`);
  return read.policy;
}

type Attempt = ReadPolicy & { text: string };

function attempt(file: string, base: Policy): Attempt {
  try {
    const text = readFileSync(file, 'utf8');
    return { ...readPolicy(text, base), text };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { faults: [{ line: 0, detail: `cannot be read (${code ?? message})` }], text: '' };
  }
}

function keep(dataDir: string, text: string, log: Logger): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dataDir, KEPT), text, { mode: 0o600 });
  } catch (error) {
    log.warn({ err: error }, 'the policy could not be kept beside the data');
  }
}

/** At the start there may be no good one from before: then a bad file is refused. */
function first({ file, dataDir, log }: Options & { file: string }, base: Policy): { policy: Policy; text: string; good: boolean } {
  const read = attempt(file, base);
  if ('policy' in read) {
    keep(dataDir, read.text, log);
    return { policy: read.policy, text: read.text, good: true };
  }
  const faults = toldFaults(file, read.faults);
  const kept = attempt(join(dataDir, KEPT), base);
  if ('faults' in kept) throw new Error(`The policy in POLICY_FILE is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  log.error({ faults }, 'the policy file is not usable; starting with the last good one');
  return { policy: kept.policy, text: read.text, good: false };
}

/** Throws when there is no good policy to begin with. */
export function openPolicyFile(options: Options): PolicyFile {
  const { log, timers, onRead } = options;
  const base = shippedPolicy();
  const events = new EventEmitter<{ changed: [] }>();
  if (options.file === undefined) return { current: base, fileIsGood: true, events, close: () => undefined };

  const file = resolve(options.file);
  const begin = first({ ...options, file }, base);
  let { policy, text, good } = begin;
  onRead?.(good ? 'taken' : 'refused');
  let cancelSettle: (() => void) | undefined;
  let watcher: FSWatcher | undefined;

  function readAgain(): void {
    const read = attempt(file, base);
    if ('policy' in read ? read.text === text && good : read.text === text && !good) return;
    text = read.text;
    good = 'policy' in read;
    onRead?.(good ? 'taken' : 'refused');
    if ('faults' in read) {
      log.error({ faults: toldFaults(file, read.faults) }, 'the policy file is not usable; the last good one stays in force');
      return;
    }
    policy = read.policy;
    keep(options.dataDir, read.text, log);
    log.info({ file }, 'another policy is in force');
    events.emit('changed');
  }

  /** However many events come, it is read once they have settled. */
  function noticed(): void {
    cancelSettle ??= timers.after(SETTLE_MS, () => {
      cancelSettle = undefined;
      readAgain();
    });
  }

  // The folder and not the file: editors and Kubernetes put another file in its place.
  try {
    watcher = watch(dirname(file), (_event, name) => {
      if (name === null || name === basename(file) || name.startsWith('..')) noticed();
    });
    watcher.on('error', (error) => log.warn({ err: error }, 'changes of the policy file are not told any more; it is looked at now and then'));
  } catch (error) {
    log.warn({ err: error }, 'changes of the policy file are not told; it is looked at now and then');
  }
  const stopLooking = timers.every(LOOK_AGAIN_MS, readAgain);

  return {
    get current() {
      return policy;
    },
    get fileIsGood() {
      return good;
    },
    events,
    close() {
      watcher?.close();
      stopLooking();
      cancelSettle?.();
    },
  };
}
