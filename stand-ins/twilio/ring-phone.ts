/** Rings a telephone of the simulated world, or a number that this very account holds. */
import { wait } from '../outside.ts';
import { createPerson } from './person.ts';
import type { PhoneBehaviour } from './phones.ts';
import { givenUp, type AnsweredLeg, type Ring, type RingRequest } from './ring.ts';
import type { Session } from './session.ts';
import { realMs, type Arrival, type World } from './world.ts';

/** After so many forwardings the network gives up; Max-Forwards of 70 would only make tests long. */
const MAX_HOPS = 10;
/** How long it takes to learn that a phone is busy or cannot be reached, seconds. */
const NETWORK_SECONDS = 1;
const PICK_UP_SECONDS = 4;
const TALK_SECONDS = 20;

export async function ringPhone(session: Session, request: RingRequest, hops = session.hops, forwardedFrom?: string): Promise<Ring> {
  const { world } = session;
  const behaviour = world.phones.ring({ to: request.to, callerId: request.callerId, callSid: request.callSid, at: world.clock.now() });
  if (behaviour) return behave(session, request, behaviour, hops);
  if (world.numbers.byNumber(request.to)) return ringHeld(session, request, hops, forwardedFrom);
  return after(world, request, NETWORK_SECONDS, () => ({ is: 'failed', detail: 'No such number' }));
}

function behave(session: Session, request: RingRequest, behaviour: PhoneBehaviour, hops: number): Promise<Ring> {
  const { world } = session;
  switch (behaviour.does) {
    case 'busy':
      return after(world, request, NETWORK_SECONDS, () => ({ is: 'busy' }));
    case 'unreachable':
      return after(world, request, NETWORK_SECONDS, () => ({ is: 'failed', detail: 'Cannot be reached' }));
    case 'no-answer':
      return untilGivenUp(request.signal);
    case 'answers':
    case 'private-voicemail':
    case 'presses': {
      const machine = behaviour.does === 'private-voicemail';
      const key = behaviour.does === 'presses' ? behaviour.key : undefined;
      return after(world, request, behaviour.afterSeconds ?? (machine ? NETWORK_SECONDS : PICK_UP_SECONDS), () => pickedUp(world, key, machine, behaviour.talkSeconds ?? TALK_SECONDS));
    }
    case 'forwards-to':
      if (hops >= MAX_HOPS) return Promise.resolve({ is: 'failed', detail: `Forwarded more than ${MAX_HOPS} times` });
      return ringPhone(session, { ...request, to: behaviour.number }, hops + 1, behaviour.silently ? undefined : request.to);
  }
}

function pickedUp(world: World, key: string | undefined, machine: boolean, talkSeconds: number): AnsweredLeg {
  const person = createPerson({ keys: () => key });
  return { is: 'answered', person, machine, bridged: () => { void wait(world.timers, realMs(world, talkSeconds), person.gone).then(person.hangUp); } };
}

async function after(world: World, { signal }: RingRequest, seconds: number, result: () => Ring): Promise<Ring> {
  return (await wait(world.timers, realMs(world, seconds), signal)) ? result() : { is: givenUp(signal) };
}

function untilGivenUp(signal: AbortSignal): Promise<Ring> {
  return new Promise((resolve) => {
    const end = () => resolve({ is: givenUp(signal) });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** The called number is one of ours: the leg is a call that arrives here, and its fate is the leg's. */
async function ringHeld(session: Session, request: RingRequest, hops: number, forwardedFrom: string | undefined): Promise<Ring> {
  if (hops > MAX_HOPS) return { is: 'failed', detail: `Forwarded more than ${MAX_HOPS} times` };
  const person = createPerson();
  request.signal.addEventListener('abort', person.hangUp, { once: true });
  let answered = () => {};
  const picked = new Promise<'picked-up'>((resolve) => { answered = () => resolve('picked-up'); });
  const arrival: Arrival = { from: request.callerId, to: request.to, hops: forwardedFrom === undefined ? hops + 1 : hops, gone: person.gone, onPickedUp: answered, ...(forwardedFrom === undefined ? {} : { forwardedFrom }) };
  const ended = session.world.arrive(session.deliver ? { ...arrival, deliver: session.deliver } : arrival);
  const writeDown = async () => {
    const call = await ended;
    session.scribe.step({ what: 'forwarded', to: request.to, call });
    person.hangUp();
  };
  session.callbacks.push(writeDown());
  const first = await Promise.race([picked, ended]);
  if (first === 'picked-up') return { is: 'answered', person, machine: false, bridged: () => {} };
  if (request.signal.aborted) return { is: givenUp(request.signal) };
  return { is: first.status === 'busy' || first.status === 'no-answer' ? first.status : 'failed' };
}
