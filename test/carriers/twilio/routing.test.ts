/** What can be armed on a number at Twilio, and on which nothing can. */
import { expect, it } from 'vitest';
import { twilioRouting } from '../../../src/carriers/twilio/routing.ts';

const net = { kind: 'web', url: 'https://backup.example.net/' } as const;

it.each([
  ['an address of its own', 'https://calls.example.net/', { voiceFallbackUrl: net.url, voiceFallbackMethod: 'GET' }],
  // Twilio 21405: no fallback address without an address.
  ['no address', '', {}],
])('a number with %s', (_, voiceUrl, armed) => {
  expect(twilioRouting.armed('number', { voiceUrl, voiceFallbackUrl: '' }, net)).toEqual(armed);
});
