/** Has the call been through us before? Each case that can be told, and those that must not be mistaken for one. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithheld, passageOf, type PassageFacts } from '../../rules/passage.ts';
import { DESK, MOBILE, NUMBER } from './facts.ts';

const CALLER = '+442079460999';
const OURS_TOO = '+442079460124';
const STRANGER = '+442079460777';

function given(more: Partial<PassageFacts> = {}): PassageFacts {
  return {
    number: NUMBER, caller: CALLER, forwardedBy: [], marked: 'no',
    destinations: [{ to: MOBILE }, { to: DESK }, { to: 'sip:+447400999888@carrier.example.net' }, { to: 'voicemail' }],
    isManaged: (number) => number === NUMBER || number === OURS_TOO,
    sameCallJustDiverted: false,
    ...more,
  };
}

describe('has it been through us before?', () => {
  it.each<[string, Partial<PassageFacts>, string]>([
    ['an ordinary call', {}, 'fresh'],
    ['forwarded by a stranger, e.g. the old number of the business', { forwardedBy: [STRANGER] }, 'fresh'],
    ['with our mark of a call to this number', { marked: 'here' }, 'returned'],
    ['with our mark of a call to another number', { marked: 'elsewhere' }, 'passed'],
    ['forwarded by the called number', { forwardedBy: [STRANGER, NUMBER] }, 'returned'],
    ['same caller, same number, sent to a backup seconds ago', { sameCallJustDiverted: true }, 'returned'],
    ['the same, caller withheld: two people perhaps', { sameCallJustDiverted: true, caller: 'anonymous' }, 'fresh'],
    ['the same, no caller given', { sameCallJustDiverted: true, caller: '' }, 'fresh'],
    ['forwarded by one of the backups: on a quiet day an owner sends his mobile to the office', { forwardedBy: [MOBILE] }, 'passed'],
    ['forwarded by a backup reached over SIP', { forwardedBy: ['+447400999888'] }, 'passed'],
    ['forwarded by another number of ours', { forwardedBy: [OURS_TOO] }, 'passed'],
    ['another number of ours further back', { forwardedBy: [STRANGER, OURS_TOO] }, 'passed'],
    ['the caller is a backup: the owner calls the office', { caller: MOBILE }, 'fresh'],
    ['all at once: the strictest counts', { marked: 'here', forwardedBy: [OURS_TOO], caller: 'anonymous' }, 'returned'],
  ])('%s', (_name, more, expected) => {
    expect(passageOf(given(more)).passage).toBe(expected);
  });

  it('is fresh only if no sign says otherwise, and always says why', () => {
    const number = fc.constantFrom(NUMBER, OURS_TOO, MOBILE, STRANGER);
    fc.assert(fc.property(fc.array(number), fc.constantFrom('here', 'elsewhere', 'no'), fc.boolean(), fc.constantFrom(CALLER, 'anonymous'), (forwardedBy, marked, sameCallJustDiverted, caller) => {
      const { passage, because } = passageOf(given({ forwardedBy, marked, sameCallJustDiverted, caller }));
      const sign = marked !== 'no' || forwardedBy.some((by) => by !== STRANGER) || (sameCallJustDiverted && caller === CALLER);
      expect(passage === 'fresh').toBe(!sign);
      expect(because).toMatch(/^[A-Z].*\.$/);
      expect(because).not.toMatch(/\d{7}/);
    }));
  });
});

describe('a withheld caller', () => {
  it.each([['anonymous', true], ['Restricted', true], ['+266696687', true], ['sip:anonymous@anonymous.invalid', true], ['', true], [CALLER, false], ['204', false], ['sip:alice@example.net', false]])('%s: %s', (caller, withheld) => {
    expect(isWithheld(caller)).toBe(withheld);
  });
});
