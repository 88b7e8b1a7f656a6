/** The words of a message: what has happened, why, what was done, what to do, and the command to type. Pure; every form is made of these. */
import type { Announcement, AnnouncementKind, Message, Severity } from '../domain/announcement.ts';

export interface Words {
  /** One line. */
  title: string;
  severity: Severity;
  parts: readonly Part[];
  /** What holds for the whole message. */
  notes: readonly string[];
}

export interface Part {
  heading: string;
  severity: Severity;
  /** One sentence. */
  why: string;
  done: string;
  todo: string;
  command: string | undefined;
  /** In UTC, to the second. */
  at: string;
}

const nameOf = ({ subject }: Announcement): string => subject.slice(subject.indexOf('/') + 1);
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

interface Said {
  heading: string;
  done: string;
  todo: string;
  command?: string;
}

const ASKS: Readonly<Record<string, string>> = {
  divert: 'to divert it', widen: 'to divert also the numbers whose carrier must be told', 'begin-probation': 'to give it some of its calls back', advance: 'to give it more of its calls back',
  restore: 'to give it all its calls back', 'fall-back': 'to divert it again',
};

const BRAKE_TODO: Readonly<Record<string, string>> = {
  'global-stop': 'Automation is stopped everywhere: let it go on, or divert by hand.',
  hold: 'The primary is held: release it, or divert by hand.',
  'blast-radius': 'More numbers would move than automation may move by itself: look, then divert by hand.',
  'unfit-destination': 'The backup plans would answer too few of its numbers: mend the plans, or divert by hand all the same.',
};

function ofBlocked(announcement: Announcement): Said {
  const name = nameOf(announcement);
  const { brake = '', to } = announcement.facts;
  const isDiverted = to === 'down' || to === 'recovering';
  return {
    heading: `${name}: held back by a brake${brake === '' ? '' : ` (${brake})`}`,
    done: isDiverted ? 'Nothing: its calls stay on the backup plans.' : 'Nothing: its calls are still offered to it first.',
    todo: BRAKE_TODO[brake] ?? (isDiverted ? 'Nothing, unless you know better: restore by hand.' : 'Look at it, and divert by hand if its calls are lost.'),
    command: isDiverted ? 'ringthrough status' : `ringthrough divert ${name} --reason "…"`,
  };
}

const SAID: Readonly<Record<AnnouncementKind, (announcement: Announcement) => Said>> = {
  pending(announcement) {
    const name = nameOf(announcement);
    const { action = '' } = announcement.facts;
    return { heading: `${name}: somebody must agree${ASKS[action] === undefined ? '' : ` ${ASKS[action]}`}`, done: 'Nothing yet: automation asks first.', todo: 'Agree or refuse.', command: `ringthrough approve ${name} --reason "…"   (or: ringthrough refuse ${name} --reason "…")` };
  },
  started(announcement) {
    const name = nameOf(announcement);
    return { heading: `${name}: diverted${announcement.by === undefined ? '' : ` by ${announcement.by}`}`, done: 'Its calls go to the backup plans.', todo: 'Repair it; its calls come back in steps when it is well.', command: 'ringthrough status' };
  },
  blocked: ofBlocked,
  escalating(announcement) {
    const name = nameOf(announcement);
    const isRelapse = announcement.facts['from'] === 'recovering';
    return isRelapse
      ? { heading: `${name}: failed again while it was given calls back`, done: 'Its calls go to the backup plans again.', todo: 'It is not repaired: look for what brings it down.', command: 'ringthrough status' }
      : { heading: `${name}: the diversion lasts`, done: 'Numbers whose carrier must be told are diverted there too.', todo: 'Expect it to last, and tell your customers.', command: 'ringthrough status' };
  },
  restored(announcement) {
    const name = nameOf(announcement);
    return { heading: `${name}: restored${announcement.by === undefined ? '' : ` by ${announcement.by}`}`, done: 'All its calls are its own again.', todo: 'Nothing. See who was missed meanwhile.', command: 'ringthrough lost-callers' };
  },
  'source-quiet'(announcement) {
    return { heading: `source ${nameOf(announcement)}: quiet`, done: 'Nothing: its primaries are judged by what else is known.', todo: 'See whether what posts there still runs, and reaches us.' };
  },
  'source-back'(announcement) {
    return { heading: `source ${nameOf(announcement)}: posts again`, done: 'What it says counts again.', todo: 'Nothing.' };
  },
  test(announcement) {
    return { heading: `test of ${nameOf(announcement)}`, done: 'Nothing: this is a test.', todo: 'Nothing. Messages arrive here.' };
  },
};

const GRAVITY: readonly Severity[] = ['info', 'warning', 'critical'];

function partOf(announcement: Announcement): Part {
  const { heading, done, todo, command } = SAID[announcement.kind](announcement);
  return { heading, severity: announcement.severity, why: announcement.sentence, done, todo, command, at: utc(announcement.at) };
}

export function wordsOf({ announcements, isRepeat }: Message): Words {
  const parts = announcements.map(partOf);
  const severity = parts.reduce<Severity>((worst, part) => (GRAVITY.indexOf(part.severity) > GRAVITY.indexOf(worst) ? part.severity : worst), 'info');
  const first = parts.findLast((part) => part.severity === severity) ?? parts[0];
  const others = parts.length - 1;
  const title = `${isRepeat ? 'Still: ' : ''}${first?.heading ?? ''}${others > 0 ? `, and ${others} more` : ''}`;
  const alone = announcements.some((one) => one.alone);
  return { title, severity, parts, notes: alone ? ['Told by one process that cannot reach Redis: it acts for its own answers alone, and you may be told again.'] : [] };
}

/** As plain text, for mail and for whatever shows no form. */
export function plainText({ parts, notes }: Words): string {
  const blocks = parts.map(({ heading, why, done, todo, command, at }) => [`${heading} (${at})`, `Why: ${why}`, `Done: ${done}`, `To do: ${todo}`, ...(command === undefined ? [] : [`  ${command}`])].join('\n'));
  return `${[...blocks, ...notes].join('\n\n')}\n`;
}
