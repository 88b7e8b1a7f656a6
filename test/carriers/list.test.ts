/** Lists of numbers are read strictly at every carrier: what is none is never "no numbers", and what never ends is given up. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CarrierAccount } from '../../src/carriers/api.ts';
import { valueIn, render } from '../../src/carriers/http/template.ts';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { pagesOf } from '../../src/carriers/pages.ts';
import type { CarrierKind } from '../../src/domain/carrier.ts';
import { PATHS } from './http/described.ts';
import { failureOf, oddCarrier } from './odd-carrier.ts';

const ACCOUNTS: Readonly<Record<CarrierKind, Pick<CarrierAccount, 'credentials' | 'api'>>> = {
  bandwidth: { credentials: { accountId: '1', username: 'user', password: 'secret' } },
  flowroute: { credentials: { accessKey: 'key', secretKey: 'secret' } },
  http: { credentials: { secret: 'secret' }, api: PATHS.api },
  plivo: { credentials: { authId: 'MANWVLYTK4ZWU1YTY4QA', authToken: 'secret' } },
  signalwire: { credentials: { space: 'example', projectId: '11111111-2222-4333-8444-555555555555', apiToken: 'secret' } },
  telnyx: { credentials: { apiKey: 'secret' } },
  twilio: { credentials: { accountSid: `AC${'a'.repeat(32)}`, authToken: 'secret' } },
  voipms: { credentials: { username: 'user', apiPassword: 'secret' } },
  vonage: { credentials: { apiKey: '12345678', apiSecret: 'secret' } },
};

const ODD = [
  '<html>Welcome</html>', '"ok"', '[]', '{"data":{},"meta":{"total_pages":1}}', '{"numbers":"none","count":0}', '{"objects":{},"meta":{"total_count":0}}', '{"incoming_phone_numbers":{}}', '{"status":"success"}', '<TNs></TNs>',
  '{"data":[{"id":17}],"meta":{"total_pages":1}}', '{"numbers":[{}],"count":1}', '{"objects":[{}],"meta":{"total_count":1}}', '{"incoming_phone_numbers":[{}],"next_page_uri":null}', '{"status":"success","dids":[{}]}', '{"anything":[]}',
];

async function all<Item>(pages: AsyncIterable<readonly Item[]> | readonly never[]): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}

describe.each(Object.entries(ACCOUNTS))('the list of %s', (kind, account) => {
  it.each(ODD)('is not %s', async (body) => {
    const api = await CARRIER_PARTS[kind as CarrierKind].openApi({ ...account, baseUrl: await oddCarrier({ status: 200, body }), timeoutMs: 1000 });
    try {
      expect((await failureOf(all(api.listNumbers?.((request) => request()) ?? []))).code).toBe('carrier_unavailable');
    } finally {
      api.close();
    }
  });
});

describe('pages', () => {
  it('are read to the last', async () => {
    expect(await all(pagesOf<number, number>('A carrier', 1, (at) => Promise.resolve({ items: [at, at], next: at < 3 ? at + 1 : undefined })))).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('that lead back to one that was read are no list', async () => {
    expect((await failureOf(all(pagesOf<number, number>('A carrier', 0, (at) => Promise.resolve({ items: [], next: (at + 1) % 3 }))))).code).toBe('carrier_unavailable');
  });
});

it('what a template was made with is found in what came of it, and in nothing else', () => {
  const text = fc.string({ unit: fc.constantFrom('0', '1', '+', '.', '$', '('), maxLength: 6 });
  fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), text, text, (literals, value, other) => {
    const template = literals.join('{target}');
    const made = render(template, new Map([['target', value]]), (one) => one);
    if (literals.length === 1) expect(valueIn(template, 'target', made)).toBe('');
    else expect(valueIn(template, 'target', made)).toBe(value === '' ? undefined : value);
    const found = valueIn(template, 'target', other);
    if (found !== undefined) expect(render(template, new Map([['target', found]]), (one) => one)).toBe(other);
  }));
});
