/** What is a stray, and what only looks like one. */
import { describe, expect, it } from 'vitest';
import { isStray, type StrayFacts } from '../../src/diversion/stray.ts';
import type { Route } from '../../src/domain/route.ts';

const OWN = 'https://calls.example.net/webhooks/main/voice';
const LAYER = { original: {}, set: { forward: '+447400123456' }, sent: [], confirmed: true };
const IN_STEP: Route = { is: 'in step', since: 1, attempts: 0, dropped: [], unheeded: [] };
const FACTS: StrayFacts = {
  lead: { kind: 'phone', to: '+447400123456' }, rule: { divertBy: 'number' }, route: undefined, diverted: false,
  destinations: ['+447400123456', 'sip:desk@backup.example.net', 'sip:+442079460123@pbx.example.net', 'https://documents.example/?to=%2B447400123456'], primary: 'sip:+442079460123@pbx.example.net', ownAddress: OWN,
};

describe('a stray is', () => {
  it.each<[string, Partial<StrayFacts>]>([
    ['a number that nothing is known of and that is forwarded', {}],
    ['one that is as it was before us, by what is known', { route: IN_STEP }],
    ['one with a safety net of ours, which is no diversion', { route: { ...IN_STEP, net: LAYER } }],
    ['one whose diversion is over', { route: { ...IN_STEP, last: LAYER } }],
    ['one that asks us for each call, and never can', { rule: { divertBy: 'call' } }],
    ['one that nobody here knows', { rule: undefined }],
    ['one forwarded to where the carrier does not say', { lead: { kind: 'phone', to: '' } }],
    ["one led to a SIP address of its plan", { lead: { kind: 'sip', to: 'sip:desk@backup.example.net' } }],
    ['one led by hand to a document that leads to a destination of its plan', { lead: { kind: 'web', to: 'https://documents.example/?to=%2B447400123456' }, rule: {} }],
    ['one led to our own address, though it is not to be asked for', { lead: { kind: 'web', to: OWN } }],
  ])('%s', (_, facts) => {
    expect(isStray({ ...FACTS, ...facts })).toBe(true);
  });
});

describe('no stray is', () => {
  it.each<[string, Partial<StrayFacts>]>([
    ['one that something else has', { lead: undefined }],
    ['one that is diverted', { route: { ...IN_STEP, is: 'diverted', divert: LAYER } }],
    ['one that is being put back', { route: { ...IN_STEP, is: 'pending', divert: LAYER } }],
    ['one whose diversion is with the carrier', { route: { ...IN_STEP, is: 'pending', order: { id: '1', since: 1 } } }],
    ['one in conflict, which is told as that', { route: { ...IN_STEP, is: 'conflict' } }],
    ['one that is to be diverted now', { diverted: true }],
    ['one led to its primary', { lead: { kind: 'sip', to: 'sip:+442079460123@pbx.example.net' } }],
    ['one led to a SIP address that no plan of its own names', { lead: { kind: 'sip', to: 'sip:trunk@pbx.example.net' } }],
    ['one led to a document of somebody else', { lead: { kind: 'web', to: 'https://other.example/' } }],
    ['one that asks us for each call', { lead: { kind: 'web', to: OWN }, rule: {} }],
  ])('%s', (_, facts) => {
    expect(isStray({ ...FACTS, ...facts })).toBe(false);
  });
});
