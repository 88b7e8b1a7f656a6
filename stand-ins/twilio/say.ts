/** Say, Play and Pause: what is heard, and how long it takes. */
import { wait } from '../outside.ts';
import { absolute, pickUp, type Session } from './session.ts';
import { realMs } from './world.ts';
import type { Element } from '../xml.ts';

/** An unhurried speaking voice. */
const CHARACTERS_PER_SECOND = 15;
/** No sound file is fetched; each plays for as long. */
const PLAY_SECONDS = 5;

export async function hear(session: Session, text: string, language?: string, seconds = text.length / CHARACTERS_PER_SECOND): Promise<void> {
  pickUp(session);
  session.scribe.step({ what: 'heard', who: session.audience, text, ...(language === undefined ? {} : { language }) });
  await wait(session.world.timers, realMs(session.world, seconds), session.person.gone);
}

export async function say(session: Session, verb: Element): Promise<void> {
  const text = verb.text.trim().replace(/\s+/g, ' ');
  if (verb.name === 'Say') return hear(session, text, verb.attributes['language']);
  const { digits } = verb.attributes;
  return digits === undefined ? hear(session, `[${absolute(session, text)}]`, undefined, PLAY_SECONDS) : hear(session, `[tones ${digits}]`);
}

/** A pause does not answer the call. */
export async function pause(session: Session, verb: Element): Promise<void> {
  await wait(session.world.timers, realMs(session.world, Number(verb.attributes['length'] ?? 1)), session.person.gone);
}
