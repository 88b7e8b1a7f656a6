/** What callers hear when a plan does not say it itself: every default text, in plain English. */
import type { AnnouncementReason, AnnouncementStep } from '../src/domain/step.ts';

/** The language of the texts here, and of a plan that names none. */
export const DEFAULT_LANGUAGE = 'en-GB';

export const ANNOUNCEMENTS: Readonly<Record<AnnouncementReason, string>> = {
  'in-plan': 'Thank you for calling. We are sorry that we cannot take your call at the moment. Please try again later. Goodbye.',
  'number-unknown': 'Sorry, the number you have called is not in service here. Please check the number and call again. Goodbye.',
  'no-plan': 'Sorry, we cannot be reached at the moment. Please call again in a few minutes. Goodbye.',
  'nothing-left': 'Sorry, nobody is free to take your call at the moment. Please call again in a few minutes. Goodbye.',
  busy: 'Sorry, the line is busy. Please call again in a few minutes. Goodbye.',
  'no-answer': 'Sorry, there is no answer. Please call again later. Goodbye.',
  looped: 'Sorry, your call could not be forwarded, because it came back to the number you called. Please call again later. Goodbye.',
};

export const VOICEMAIL_GREETING = 'Sorry, we cannot take your call at the moment. Please leave your name, your number and a message after the tone.';

/** Said to whoever picks up a screened destination, before the caller is connected. */
export const SCREENING_PROMPT = 'You have a call for your business line. To take it, press 1.';

/** Said to whoever picks up a test call; `name` is whose plan it is. */
export const DRILL_PROMPT = (name: string): string => `This is a test call for ${name}. Nobody is waiting on the line. To confirm that calls would be answered here, press 1.`;
export const DRILL_THANKS = 'Thank you. The test is complete. Goodbye.';
export const DRILL_NOT_NOTED = 'Thank you. The test could not be recorded, and will be repeated another time. Goodbye.';

/** An announcement that no plan has: our own words, in our own language. */
export function announcement(because: Exclude<AnnouncementReason, 'in-plan'>): AnnouncementStep {
  return { kind: 'announcement', key: because, say: ANNOUNCEMENTS[because], because, language: DEFAULT_LANGUAGE };
}
