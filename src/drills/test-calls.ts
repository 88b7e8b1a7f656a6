/** Answers the webhooks of test calls: who picked up is asked to press 1, and what is seen is put down. */
import type { Logger } from 'pino';
import { DRILL_PROMPT, DRILL_THANKS, DEFAULT_LANGUAGE, DRILL_NOT_NOTED } from '../../rules/announcements.ts';
import type { RoutingTable } from '../calls/routing-table.ts';
import type { TestCalls } from '../calls/webhook-desk.ts';
import { drillQuery, webhookAddress, type TestPlace } from '../calls/webhook-address.ts';
import type { Answer } from '../carriers/dialect.ts';
import type { DrillTest } from '../domain/drill.ts';
import type { DrillStore } from '../store/drill-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../system/system.ts';

export interface TestCallsOptions {
  store: Pick<Store, 'find'>;
  drills: Pick<DrillStore, 'mark'>;
  table(): RoutingTable;
  clock: Clock;
  log: Logger;
}

const ACCEPT = '1';
const HANG_UP: Answer = { do: 'hangup' };
const ANSWERED = new Set(['in-progress', 'answered']);

export function createTestCalls({ store, drills, table, clock, log }: TestCallsOptions): TestCalls {
  /** The test, when it is one of an open drill and this carrier was told to make it. */
  async function testAt(carrier: string, { drill, test }: TestPlace): Promise<{ test: DrillTest; wanted: boolean } | undefined> {
    const found = await store.find('drills', drill);
    const record = found && 'record' in found ? found.record : undefined;
    const one = record?.tests[test];
    return record?.state === 'open' && one?.carrier === carrier ? { test: one, wanted: record.stopping === undefined } : undefined;
  }

  const say = (text: string): Answer => ({ do: 'announce', say: text, language: DEFAULT_LANGUAGE });

  return {
    async picked(carrier, place) {
      const found = await testAt(carrier, place);
      if (!found?.wanted) return HANG_UP;
      await drills.mark(place.drill, place.test, 'answered', { at: clock.now() });
      const name = table().customer(found.test.customer)?.name ?? found.test.customer;
      return { do: 'ask', say: DRILL_PROMPT(name), language: DEFAULT_LANGUAGE, pressedUrl: webhookAddress(carrier, 'drill-key', drillQuery(place)) };
    },
    async pressed(carrier, place, key) {
      if (key !== ACCEPT) return HANG_UP;
      try {
        if (!(await testAt(carrier, place))) return HANG_UP;
        await drills.mark(place.drill, place.test, 'confirmed', { at: clock.now() });
        return say(DRILL_THANKS);
      } catch (error) {
        log.warn({ err: error, carrier, drill: place.drill }, 'a test call was confirmed and it could not be noted');
        return say(DRILL_NOT_NOTED);
      }
    },
    async told(carrier, place, { ref, status, final }) {
      if (!(await testAt(carrier, place))) return;
      // Whoever placed it may have ended before the carrier's answer came.
      if (ref !== '') await drills.mark(place.drill, place.test, 'accepted', { at: clock.now(), what: ref });
      const kind = final ? 'ended' : ANSWERED.has(status) ? 'answered' : status === 'ringing' ? 'ringing' : undefined;
      if (kind) await drills.mark(place.drill, place.test, kind, { at: clock.now(), ...(final ? { what: status } : {}) });
    },
  };
}
