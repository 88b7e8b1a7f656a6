/**
 * Takes posts of sources: proves them genuine, reads them, puts what they say on the board of evidence, and keeps it. What this process
 * was told is evidence here at once; the sender is told that it was taken only when Redis has it, so that one that tries
 * again does. Taken twice it counts once.
 */
import type { Logger } from 'pino';
import type { RoutingTableHolder } from '../../calls/table-holder.ts';
import type { SecretBox } from '../../config/secrets.ts';
import { codeOf, Failure, type ErrorCode } from '../../domain/errors.ts';
import { parseJson } from '../../domain/json.ts';
import type { Source } from '../../domain/source.ts';
import type { Metrics } from '../../operations/metrics.ts';
import type { AlertLedger, Noted } from '../../store/alert-ledger.ts';
import type { Clock } from '../../system/system.ts';
import type { EvidenceBoard } from '../evidence-board.ts';
import { evidenceFor, evidenceSource, heard, MOST_CLAIMS, toLedger, type HeardAlert } from './alert-evidence.ts';
import { followSources } from './follow-sources.ts';
import { INTAKE_KINDS } from './kinds.ts';
import { mappingsFor } from './match.ts';
import type { Presented } from './proof.ts';
import { createPostRate } from './rate.ts';

export interface Taken {
  /** Alerts in the post that say something. */
  alerts: number;
  /** Those of them that are about a primary. */
  matched: number;
}

export interface IntakeDesk {
  /** Before the body is read: throws `not_found`, `alert_unproved`, `throttled_authentication` or `source_secret_missing`. */
  admit(id: string, presented: Presented, address: string): void;
  /** Throws the same, `overloaded`, `body_malformed`, `alert_unreadable`, and `store_unavailable` when it holds in this process alone so far. */
  take(id: string, presented: Presented, body: Buffer, address: string): Promise<Taken>;
  /** That a post was refused: never waits, never throws. */
  refused(id: string, error: unknown): void;
}

export interface IntakeDeskOptions {
  tables: RoutingTableHolder;
  board: Pick<EvidenceBoard, 'tell' | 'withdraw' | 'about'>;
  ledger: AlertLedger;
  secrets: Pick<SecretBox, 'open'>;
  /** See src/access/guess-guard.ts: the seconds to wait when there were too many. */
  guesses: { failed(address: string): number | undefined };
  metrics: Pick<Metrics, 'alertPosts' | 'alerts'>;
  clock: Clock;
  log: Logger;
}

const RETRY_AFTER_SECONDS = 2;
/** Refusals of one source that are written down: no more often, milliseconds. */
const REFUSAL_EVERY_MS = 1000;
/** Alerts of one source whose order is remembered while Redis is away. */
const REMEMBERED = 1000;
const UNMATCHED_LABELS = 12;
const UNMATCHED_VALUE = 100;

/** The newest time of each alert that this process has seen, by its sender's clock: what there is to go by without Redis. */
function createMemory() {
  const sources = new Map<string, Map<string, number>>();
  return {
    note(id: string, { alert, at }: HeardAlert): Noted {
      let known = sources.get(id);
      if (!known) sources.set(id, (known = new Map()));
      const before = known.get(alert);
      if (before !== undefined && before > at) return 'outdated';
      known.delete(alert);
      known.set(alert, at);
      if (known.size > REMEMBERED) for (const [oldest] of known) {
        known.delete(oldest);
        break;
      }
      return 'news';
    },
    forget: (id: string): void => void sources.delete(id),
  };
}

function shownUnmatched({ title, labels, heardAt }: HeardAlert): string {
  const few = Object.entries(labels).slice(0, UNMATCHED_LABELS).map(([name, value]) => [name.slice(0, UNMATCHED_VALUE), value.slice(0, UNMATCHED_VALUE)]);
  return JSON.stringify({ at: new Date(heardAt).toISOString(), title, labels: Object.fromEntries(few) as Record<string, string> });
}

export function createIntakeDesk(options: IntakeDeskOptions): IntakeDesk {
  const { tables, board, ledger, secrets, guesses, metrics, clock, log } = options;
  const opened = new Map<string, readonly string[]>();
  const memory = createMemory();
  const rate = createPostRate(clock);
  const refusals = new Map<string, number>();

  function sourceOf(id: string): Source {
    const source = tables.current.source(id);
    if (!source) throw new Failure('not_found', 'There is no such source');
    return source;
  }

  /** Read once: files and ciphers are not for everybody to ask for. */
  function secretsOf(id: string, { secret, nextSecret }: Source): readonly string[] {
    const known = opened.get(id);
    if (known) return known;
    try {
      const read = [secret, ...(nextSecret === undefined ? [] : [nextSecret])].map(secrets.open);
      opened.set(id, read);
      return read;
    } catch (error) {
      throw new Failure('source_secret_missing', undefined, { cause: error, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
  }

  function unproved(given: boolean, address: string): Failure {
    const wait = given ? guesses.failed(address) : undefined;
    return wait === undefined ? new Failure('alert_unproved') : new Failure('throttled_authentication', undefined, { retryAfterSeconds: wait });
  }

  followSources({
    tables,
    board,
    ledger,
    clock,
    log,
    changed(id) {
      opened.delete(id);
      if (tables.current.source(id)) return;
      memory.forget(id);
      rate.forget(id);
      refusals.delete(id);
    },
  });

  return {
    admit(id, presented, address) {
      const source = sourceOf(id);
      const { proof } = INTAKE_KINDS[source.kind];
      const keys = secretsOf(id, source);
      const given = proof.given(presented);
      if (!given || proof.early?.(presented, keys) === false) throw unproved(given, address);
    },

    async take(id, presented, body, address) {
      const source = sourceOf(id);
      const kind = INTAKE_KINDS[source.kind];
      const now = clock.now();
      const keys = secretsOf(id, source);
      const proved = kind.proof.early?.(presented, keys) ?? kind.proof.late?.(presented, body, keys, now) ?? false;
      if (!proved) throw unproved(true, address);
      const json = kind.anyBody ? undefined : parseJson(body.toString('utf8'));
      if (json === undefined && !kind.anyBody) throw new Failure('body_malformed');
      const { signals, ignored, missing } = kind.read(json, Math.min(now, kind.sentAt?.(presented) ?? now));
      if (!rate.take(id, signals.length)) throw new Failure('overloaded', 'This source posts more than is taken in a time', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      const alerts = signals.map((signal) => heard(source, signal, now)).filter(({ expiresAt }) => expiresAt > now);
      const mappings = alerts.map(({ labels }) => mappingsFor(source.map, labels));
      const unmatched = alerts.filter((_alert, at) => mappings[at]?.length === 0);
      const here = alerts.map((alert) => memory.note(id, alert));
      let noted: readonly Noted[] | undefined;
      let failure: unknown;
      try {
        const counts = { alerts: signals.length, ignored, missing, unmatched: unmatched.length, outdated: signals.length - alerts.length };
        noted = await ledger.note(id, { now, alerts: alerts.map(toLedger), counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)), unmatched: unmatched.map(shownUnmatched) });
      } catch (error) {
        failure = error;
      }
      let left = MOST_CLAIMS;
      for (const [at, alert] of alerts.entries()) {
        const what = (noted ?? here)[at] ?? 'outdated';
        metrics.alerts.inc({ kind: source.kind, result: what });
        // What was taken back before need not be taken back again.
        if (what === 'outdated' || (what === 'known' && alert.says === 'closed')) continue;
        const about = (mappings[at] ?? []).slice(0, left);
        left -= about.length;
        for (const mapping of about) {
          const evidence = evidenceFor(id, source, alert, mapping);
          if (evidence) board.tell(evidence);
          else board.withdraw(mapping.primary, evidenceSource(id, alert.alert));
        }
      }
      metrics.alertPosts.inc({ kind: source.kind, result: failure === undefined ? 'taken' : 'not-kept' });
      if (failure !== undefined) throw failure;
      return { alerts: signals.length, matched: alerts.length - unmatched.length };
    },

    refused(id, error) {
      const source = tables.current.source(id);
      const code: ErrorCode = codeOf(error);
      if (!source || code === 'store_unavailable') return;
      metrics.alertPosts.inc({ kind: source.kind, result: 'refused' });
      const now = clock.now();
      if (Math.abs(now - (refusals.get(id) ?? -REFUSAL_EVERY_MS)) < REFUSAL_EVERY_MS) return;
      refusals.set(id, now);
      const detail = error instanceof Failure ? error.message : '';
      ledger.refused(id, { refusedAt: String(now), refusedCode: code, refusedDetail: detail }).catch(() => undefined);
    },
  };
}
