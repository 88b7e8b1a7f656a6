/** What is set so that calls come to us: at the number, and by hand in the application of its location. */
import { expect, it } from 'vitest';
import { wantedWiring, wiringChanges } from '../../../src/carriers/bandwidth/wiring.ts';
import { read, tableOf } from '../../support/tree.ts';

const site = { baseUrl: 'https://calls.example.net', carrierId: 'bandwidth' };

it('our addresses, the other origin as the fallback', () => {
  expect(wantedWiring({ ...site, fallbackBaseUrl: 'https://calls2.example.org' }).trunk).toEqual({
    CallInitiatedCallbackUrl: 'https://calls.example.net/webhooks/bandwidth/voice',
    CallInitiatedMethod: 'POST',
    CallInitiatedFallbackUrl: 'https://calls2.example.org/webhooks/bandwidth/voice',
    CallInitiatedFallbackMethod: 'POST',
    CallStatusCallbackUrl: 'https://calls.example.net/webhooks/bandwidth/status',
    CallStatusMethod: 'POST',
    CallbackTimeout: '3',
    'CallbackCreds.UserId': 'ringthrough',
    'CallInitiatedFallbackCreds.UserId': 'ringthrough',
  });
});

it('a document at another provider is fetched with GET, and gets no credentials of ours', () => {
  const { trunk } = wantedWiring({ ...site, fallbackUrl: 'https://static.example.com/sorry.xml' });
  expect(trunk).toMatchObject({ CallInitiatedFallbackUrl: 'https://static.example.com/sorry.xml', CallInitiatedFallbackMethod: 'GET' });
  expect(trunk).not.toHaveProperty(['CallInitiatedFallbackCreds.UserId']);
});

it('a number that is forwarded is not any more, and is told', () => {
  const wanted = wantedWiring(site).number;
  const forwarded = wiringChanges({ CallForward: '7042661720', FinalDestinationURI: '' }, wanted);
  expect(forwarded).toEqual({ changes: [{ field: 'CallForward', from: '7042661720', to: '' }], fields: { CallForward: '' }, warnings: [expect.stringContaining('taken away')] });
  expect(wiringChanges({ CallForward: '', FinalDestinationURI: '3332221111' }, wanted)).toEqual({ changes: [], fields: {}, warnings: [] });
});

it('the page says the same', () => {
  const rows = tableOf(read('docs/carriers/bandwidth.md'), 'in the application').map(([field, value = '']) => [field, /^`([^`]+)`/.exec(value)?.[1]]);
  expect(rows).toEqual(Object.entries(wantedWiring(site).trunk).map(([field, value]) => [`\`${field}\``, value]));
});
