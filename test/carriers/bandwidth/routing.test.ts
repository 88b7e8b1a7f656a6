/** What Bandwidth's options express, and what they do not. */
import { expect, it } from 'vitest';
import { bandwidthRouting } from '../../../src/carriers/bandwidth/routing.ts';
import type { Target } from '../../../src/carriers/routing.ts';

const original = { CallForward: '', FinalDestinationURI: '' };

it.each<[Target, string | undefined]>([
  [{ kind: 'phone', number: '+17042661720' }, '7042661720'],
  [{ kind: 'phone', number: '+11042661720' }, undefined],
  [{ kind: 'phone', number: '+442079460123' }, undefined],
  [{ kind: 'sip', uri: 'sip:desk@192.0.2.5' }, 'desk@192.0.2.5'],
  [{ kind: 'sip', uri: 'SIP:desk@192.0.2.5:5070' }, 'desk@192.0.2.5:5070'],
  [{ kind: 'sip', uri: 'sip:desk@backup.example.net' }, undefined],
  [{ kind: 'sip', uri: 'sips:desk@192.0.2.5' }, undefined],
  [{ kind: 'sip', uri: 'sip:desk@192.0.2.5;transport=tcp' }, undefined],
  [{ kind: 'sip', uri: `sip:${'d'.repeat(60)}@192.0.2.5` }, undefined],
  [{ kind: 'web', url: 'https://backup.example.net/' }, undefined],
])('%o', (target, option) => {
  expect(bandwidthRouting.takes?.(target)).toBe(option !== undefined);
  expect(bandwidthRouting.armed('number', original, target)).toEqual({ FinalDestinationURI: option ?? '' });
  // Calls are forwarded to telephones alone.
  expect(bandwidthRouting.divertedTo('number', original, [target])).toEqual(option === undefined || target.kind !== 'phone' ? {} : { CallForward: option });
});

it('takes the safety net away, and writes both options in one order and nothing that is so already', () => {
  expect(bandwidthRouting.armed('number', original, undefined)).toEqual({ FinalDestinationURI: '' });
  const both = { CallForward: '7042661720', FinalDestinationURI: '3332221111' };
  expect(bandwidthRouting.writes(original, both)).toEqual([both]);
  expect(bandwidthRouting.writes(both, { ...both, CallForward: '' })).toEqual([{ CallForward: '' }]);
  expect(bandwidthRouting.writes(both, both)).toEqual([]);
  expect(bandwidthRouting.groupOf(both)).toBeUndefined();
});
