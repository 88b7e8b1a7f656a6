/** What becomes of the news of calls: claims are recorded, legs counted here and told to the other processes, answers counted. */
import type { Metrics } from '../operations/metrics.ts';
import type { LegStream } from '../store/leg-stream.ts';
import type { ActiveLegs } from './active-legs.ts';
import type { CallNews } from './call-desk.ts';
import type { Recorder } from './recorder.ts';

export function newsTo(parts: { recorder: Recorder; legs: ActiveLegs; stream: LegStream; metrics: Metrics }): CallNews {
  const { recorder, legs, stream, metrics } = parts;
  return {
    claim: (claim) => recorder.record(claim),
    legBegan(leg) {
      // Of a call that is over the others would count it for hours: nobody tells its end again.
      if (legs.begin(leg)) stream.began(leg);
    },
    legEnded(call) {
      if (legs.end(call)) stream.ended(call);
    },
    backupEnded(call) {
      legs.end(call);
      stream.ended(call);
    },
    callClosed(call) {
      if (legs.close(call)) stream.ended(call);
    },
    answered({ decision, passage, route }) {
      metrics.calls.inc({ route: decision.route });
      for (const { rule } of decision.skipped) if (rule !== undefined) metrics.destinationsRefused.inc({ rule });
      if (passage === 'returned') metrics.callsReturned.inc();
      if (!route) metrics.callsUnknown.inc();
      else if (decision.protectedBy === undefined) metrics.callsUnprotected.inc();
    },
  };
}
