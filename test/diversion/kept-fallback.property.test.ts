/** A fallback that `carriers wire` has set, and of which nothing is known: whatever is interrupted or lost, it comes to what is wanted, and nothing of ours is taken for somebody else's. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { twilioRouting } from '../../src/carriers/twilio/routing.ts';
import { nextMove } from '../../src/diversion/next-write.ts';
import { UNKNOWN_ROUTE, type Route } from '../../src/domain/route.ts';

const PLAIN = { voiceFallbackUrl: 'https://calls.example.net/webhooks/main/recovery', voiceFallbackMethod: 'POST' };
const DOCUMENTS = ['https://net.example/?n=1', 'https://net.example/?n=2', 'https://net.example/?n=3'];
const wired = { trunkSid: '', voiceApplicationSid: '', voiceUrl: 'https://calls.example.net/webhooks/main/voice', voiceMethod: 'POST' };
const setTo = (url: string | undefined) => (url === undefined ? PLAIN : { voiceFallbackUrl: url, voiceFallbackMethod: 'GET' });

const wantedArb = fc.constantFrom(undefined, ...DOCUMENTS);
const stepArb = fc.record({ url: wantedArb, rounds: fc.nat({ max: 3 }), done: fc.boolean() });

it('comes to what is wanted', () => {
  fc.assert(
    fc.property(wantedArb, fc.array(stepArb, { maxLength: 8 }), fc.constantFrom(...DOCUMENTS), (first, steps, last) => {
      let actual: Record<string, string> = { ...wired, ...setTo(first) };
      let record: Route = UNKNOWN_ROUTE;

      /** As often as it is not interrupted before. Of a write the answer may be lost, and be it that it was not carried out. */
      function look(url: string | undefined, rounds: number, done: boolean): void {
        const route = { is: 'original' as const, targets: [], net: url === undefined ? undefined : { kind: 'web' as const, url }, protected: true, dropped: [], unheeded: [] };
        for (let at = 0; at < rounds; at += 1) {
          const move = nextMove(record, { route, diversion: undefined, ...(record.net ? {} : { without: PLAIN }) }, actual, twilioRouting, 'number');
          expect(move.record.conflict).toBeUndefined();
          ({ record } = move);
          if (done) actual = { ...actual, ...move.writes[0] };
        }
      }

      for (const { url, rounds, done } of steps) look(url, rounds, done);
      look(last, 3, true);
      expect(actual).toEqual({ ...wired, ...setTo(last) });
      look(undefined, 3, true);
      expect(actual).toEqual({ ...wired, ...PLAIN });
    }),
    { numRuns: 300 },
  );
});
