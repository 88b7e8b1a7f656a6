/** Webhooks as a carrier signs them, for tests that need one by itself; whole calls are the stand-in's (stand-ins/twilio/). */
import { sign } from '../../stand-ins/twilio/signature.ts';
import { ACCOUNT } from './world.ts';

export const AUTH_TOKEN = 'a-token-of-the-tests';

export interface SignedWebhook {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** A call's parameters, as many as Twilio sends with one to a number of its own. */
export function callParams(sid: string, to: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    AccountSid: ACCOUNT, ApiVersion: '2010-04-01', CallSid: sid, CallStatus: 'ringing', CallToken: '%7B%22parentCallInfoToken%22%3A%22eyJhbGciOiJFUzI1NiJ9%22%7D',
    Called: to, CalledCity: '', CalledCountry: 'GB', CalledState: 'London', CalledZip: '', Caller: '+447700900123', CallerCity: '', CallerCountry: 'GB', CallerState: '', CallerZip: '',
    Direction: 'inbound', From: '+447700900123', FromCity: '', FromCountry: 'GB', FromState: '', FromZip: '', To: to, ToCity: '', ToCountry: 'GB', ToState: 'London', ToZip: '', ...more,
  };
}

/** `origin` is the public one, over which the signature goes. */
export function signedWebhook(origin: string, path: string, params: Record<string, string>, token = AUTH_TOKEN): SignedWebhook {
  return {
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': sign(token, origin + path, params) },
    body: new URLSearchParams(params).toString(),
  };
}

/** A CallSid that no other call of this test has. */
export const callSid = (count: number): string => `CA${String(count).padStart(32, '0')}`;
