/** A stand-in for Plivo: numbers and applications behind its REST API, and calls to them. It knows nothing of the product, and is meant to be hard to please. */
import type { Transcript } from '../document-call.ts';
import { realRandom, realTimers, type Random, type Timers } from '../outside.ts';
import type { Called, PlacedCall } from '../placed-call.ts';
import { createRestServer, type RestServer } from '../rest-server.ts';
import { NEW_APPLICATION, type Account, type HeldApplication, type HeldNumber } from './account.ts';
import { placeCall, type Arrival } from './call.ts';
import { createCallsApi } from './placed-calls.ts';
import { answer, answerOf, broken, throttled } from './rest.ts';

export interface PlivoOptions {
  authId: string;
  authToken: string;
  /** Public origins and where they really listen. May be changed at any time. */
  origins?: ReadonlyMap<string, string>;
  /** However many are asked for; default the carrier's own. */
  mostOfAPage?: number;
  timers?: Timers;
  random?: Random;
}

export interface Plivo extends RestServer {
  /** To be changed behind everybody's back. */
  account: Account;
  addNumber(phoneNumber: string, settings?: Partial<HeldNumber>): HeldNumber;
  addApplication(settings?: Partial<HeldApplication>): HeldApplication;
  placeCall(call: Arrival): Promise<Transcript>;
  /** Who answers the calls that are placed over the API, by digits or SIP address. */
  called: Map<string, Called>;
  placed: readonly PlacedCall[];
}

const FIRST_ID = 29_986_316_244_302_815n;

export async function createPlivo({ authId, authToken, origins = new Map(), mostOfAPage = Infinity, timers = realTimers, random = realRandom }: PlivoOptions): Promise<Plivo> {
  const account: Account = { numbers: new Map(), applications: new Map() };
  let last = FIRST_ID;
  const newId = (): string => String(++last);
  const called = new Map<string, Called>();
  const newUuid = (): string => random.bytes(16).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const world = { authId, authToken, account, origins, timers, random, newUuid };
  const calls = createCallsApi(world, (to) => called.get(to), answerOf);
  const server = await createRestServer({ answer: (asked) => answer({ authId, authToken, account, calls, newId, mostOfAPage }, asked), throttled, broken });
  return {
    ...server,
    account,
    called,
    placed: calls.placed,
    addNumber(phoneNumber, settings = {}) {
      const held: HeldNumber = { number: phoneNumber.replace('+', ''), alias: null, app_id: null, ...settings };
      account.numbers.set(held.number, held);
      return held;
    },
    addApplication(settings = {}) {
      const held: HeldApplication = { ...NEW_APPLICATION, app_id: newId(), app_name: 'an-application', answer_url: 'https://other.example/answer', ...settings };
      account.applications.set(held.app_id, held);
      return held;
    },
    placeCall: (call) => placeCall(world, call),
  };
}
