/** Notes what was of no use any more when its turn came, and has it end as expired. */
import { NOTIFICATION_CLASSES, type NotificationClass } from '../domain/notification.ts';
import { isAfter, placeBefore } from './place.ts';

export interface Late {
  note(of: NotificationClass, place: string): void;
  /** `sweep` ends what has expired after a place, and says up to where it came; undefined at the end. */
  end(sweep: (of: NotificationClass, after: string) => Promise<string | undefined>): Promise<void>;
}

export function createLate(): Late {
  let ranges: { [C in NotificationClass]?: { from: string; to: string } } = {};
  return {
    note(of, place) {
      const { from = place, to = place } = ranges[of] ?? {};
      ranges[of] = { from: isAfter(from, place) ? place : from, to: isAfter(place, to) ? place : to };
    },
    async end(sweep) {
      const noted = ranges;
      ranges = {};
      for (const of of NOTIFICATION_CLASSES) {
        const range = noted[of];
        let after = range && placeBefore(range.from);
        while (range && after !== undefined && isAfter(range.to, after)) after = await sweep(of, after);
      }
    },
  };
}
