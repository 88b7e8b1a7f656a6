/** What becomes of the news of calls: claims are recorded, legs counted here and told to the other processes, answers counted. */
import type { Metrics } from '../operations/metrics.ts';
import type { LegResult } from '../domain/leg.ts';
import type { LegStream } from '../store/leg-stream.ts';
import type { ActiveLegs } from './active-legs.ts';
import type { CallNews } from './call-desk.ts';
import type { Recorder } from './recorder.ts';

/** How the calls of primaries fare. */
export interface PrimaryNews {
  /** A call came in for the primary, wherever it went then. */
  came(primary: string): void;
  /** A call was offered to it. */
  offered(primary: string, call: string): void;
  /** An offered call has ended, or could not be delivered. */
  ended(primary: string, call: string, number: string, result: LegResult): void;
}

export function newsTo(parts: { recorder: Recorder; legs: ActiveLegs; stream: LegStream; metrics: Metrics; primaries: PrimaryNews }): CallNews {
  const { recorder, legs, stream, metrics, primaries } = parts;
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
    primaryOffered(call, primary) {
      if (legs.end(call)) stream.ended(call);
      if (primary !== undefined) primaries.offered(primary, call);
    },
    primaryEnded(call, primary, number, result) {
      if (primary !== undefined) primaries.ended(primary, call, number, result);
    },
    answered({ decision, passage, route }) {
      if (route) primaries.came(route.primary);
      metrics.calls.inc({ route: decision.route });
      for (const { rule } of decision.skipped) if (rule !== undefined) metrics.destinationsRefused.inc({ rule });
      if (passage === 'returned') metrics.callsReturned.inc();
      if (!route) metrics.callsUnknown.inc();
      else if (decision.protectedBy === undefined) metrics.callsUnprotected.inc();
    },
  };
}
