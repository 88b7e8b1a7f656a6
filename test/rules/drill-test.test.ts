import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drillTest, isOver, isUnderWay } from '../../rules/drill-test.ts';
import { MARKS, type Marks } from '../../src/domain/drill-marks.ts';

const AT = 1_700_000_000_000;
const seen = (ms: number, what?: string) => ({ at: AT + ms, ...(what === undefined ? {} : { what }) });

describe('what became of a test call', () => {
  it.each<[string, Marks, string, object]>([
    ['nothing yet', {}, 'waiting', {}],
    ['ordered', { placing: seen(0) }, 'calling', {}],
    ['ringing', { placing: seen(0), accepted: seen(80, 'CA1'), ringing: seen(900) }, 'ringing', { accepted: 80, effective: 900 }],
    ['picked up', { placing: seen(0), answered: seen(4000) }, 'asking', { effective: 4000, answered: 4000 }],
    ['1 was pressed', { placing: seen(0), ringing: seen(900), answered: seen(4000), confirmed: seen(9000), ended: seen(9500, 'completed') }, 'proven', { effective: 900, answered: 4000, confirmed: 9000, ended: 9500 }],
    ['1 was pressed, and the rest was lost', { placing: seen(0), confirmed: seen(9000) }, 'proven', { effective: 9000, answered: 9000, confirmed: 9000 }],
    ['a voicemail', { placing: seen(0), answered: seen(1000), ended: seen(12_000, 'completed') }, 'unconfirmed', {}],
    ['busy', { placing: seen(0), ended: seen(1000, 'busy') }, 'busy', { ended: 1000 }],
    ['nobody', { placing: seen(0), ringing: seen(500), ended: seen(20_000, 'no-answer') }, 'no-answer', {}],
    ['no such number', { placing: seen(0), ended: seen(700, 'failed') }, 'failed', {}],
    ['refused by the carrier', { placing: seen(0), ended: seen(90, 'refused') }, 'failed', {}],
    ['never heard of again', { placing: seen(0), ended: seen(90_000, 'unknown') }, 'unknown', {}],
    ['over, in a word that nobody knows', { placing: seen(0), ended: seen(900, 'something-new') }, 'unknown', {}],
    ['busy at Vonage, which calls it declined', { placing: seen(0), ended: seen(900, 'rejected') }, 'busy', {}],
    ['nobody, at Vonage', { placing: seen(0), ended: seen(900, 'unanswered') }, 'no-answer', {}],
    ['nobody, at Plivo', { placing: seen(0), ended: seen(900, 'timeout') }, 'no-answer', {}],
    ['undeliverable, at Bandwidth', { placing: seen(0), ended: seen(900, 'error') }, 'failed', {}],
    ['talked to, at Bandwidth, of whose answer nothing came', { placing: seen(0), ended: seen(900, 'hangup') }, 'unconfirmed', {}],
    ['ended from here', { placing: seen(0), halted: seen(800, 'diverted'), ended: seen(900, 'canceled') }, 'stopped', {}],
    ['not called', { skipped: seen(0, 'called-lately') }, 'skipped', {}],
  ])('%s', (_name, marks, is, times) => {
    expect(drillTest(marks)).toMatchObject({ is, times });
  });

  it('is proven by a key and by nothing else; what is over is not under way', () => {
    const marks = fc.record(Object.fromEntries(MARKS.map((mark) => [mark, fc.record({ at: fc.integer({ min: AT, max: AT + 100_000 }), what: fc.constantFrom('completed', 'busy', 'failed', 'CA1', 'stopped') })])), { requiredKeys: [] });
    fc.assert(fc.property(marks, (given) => {
      const { is, times } = drillTest(given);
      expect(is === 'proven').toBe(given['confirmed'] !== undefined);
      expect(isOver(given) && isUnderWay(given)).toBe(false);
      for (const ms of Object.values(times)) expect(ms).toBeGreaterThanOrEqual(0);
    }), { numRuns: 200 });
  });
});
