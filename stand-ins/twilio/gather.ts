/** Gather: plays what is nested, then waits for keys. */
import { wait } from '../outside.ts';
import type { Next } from './flow.ts';
import { pause, say } from './say.ts';
import { absolute, pickUp, type Session } from './session.ts';
import { realMs } from './world.ts';
import type { Element } from '../xml.ts';

/** From the end of the prompt to the first key, seconds. */
const REACTION_SECONDS = 1;

export async function gather(session: Session, verb: Element): Promise<Next> {
  const { world, scribe, person } = session;
  const { action, method, timeout = '5', numDigits, finishOnKey = '#', actionOnEmptyResult } = verb.attributes;
  pickUp(session);
  for (const nested of verb.children) {
    if (nested.name === 'Pause') await pause(session, nested);
    else await say(session, nested);
  }
  if (person.gone.aborted) return { go: 'stop', end: 'gone' };
  const keys = person.keys() ?? '';
  await wait(world.timers, realMs(world, keys === '' ? Number(timeout) : REACTION_SECONDS), person.gone);
  if (person.gone.aborted) return { go: 'stop', end: 'gone' };
  const finished = finishOnKey !== '' && keys.includes(finishOnKey);
  const digits = (finished ? keys.slice(0, keys.indexOf(finishOnKey)) : keys).slice(0, numDigits === undefined ? undefined : Number(numDigits));
  if (keys !== '') scribe.step({ what: 'pressed', who: session.audience, digits: keys });
  if (digits === '' && !finished && actionOnEmptyResult !== 'true') return { go: 'on' };
  const params = { Digits: digits, FinishedOnKey: finished ? finishOnKey : '', msg: 'Gather End' };
  return { go: 'fetch', fetch: { kind: 'gather', url: action === undefined ? session.url : absolute(session, action), method: method === 'GET' ? 'GET' : 'POST', params } };
}
