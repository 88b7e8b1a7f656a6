/** What clients ask for: records that refer to each other, good and refused, on so few names that they meet. */
import * as fc from 'fast-check';
import { ACCOUNT } from '../../support/world.ts';

export interface Said {
  subject: string;
  value: string | undefined;
  body: string | undefined;
  headers: Record<string, string>;
}

export interface Write {
  method: 'PUT' | 'DELETE';
  /** `collection/id`. */
  subject: string;
  /** What is odd about it, in words. */
  variant: string;
  /** No two say the same of a record. */
  say(serial: number): Said;
}

export interface Order {
  primary: string;
  says: 'divert' | 'restore';
}

export const NUMBERS = ['+442079460001', '+442079460002', '+442079460003'];
/** Numbers that imports alone write. */
export const IMPORTED = ['+442079467001', '+442079467002', '+442079467003', '+442079467004'];

const JSON_BODY = { 'content-type': 'application/json' };
const id = (kind: string): fc.Arbitrary<string> => fc.constantFrom(`${kind}-a`, `${kind}-b`);
const maybe = (value: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> => fc.option(value, { nil: undefined });
const customer = id('customer');
const plan = id('plan');
const primary = id('primary');
const owner = fc.oneof(customer, fc.constant('fixed'));

const to = fc.constantFrom('+447400123456', '+442079461111', 'voicemail', 'sip:desk@backup.example.net', '+442079460002', '+1911', '+441632960123');
const destinations = fc.array(to.map((one) => ({ to: one, ...(one.startsWith('+') ? { maxCalls: 2 } : {}) })), { minLength: 1, maxLength: 2 });

const records = fc.oneof(
  fc.record({ subject: customer.map((one) => `customers/${one}`), record: fc.record({ defaultPlan: maybe(plan) }), named: fc.constant('name') }),
  fc.record({ subject: plan.map((one) => `plans/${one}`), record: fc.record({ customer: maybe(owner), destinations }), named: fc.constant('name') }),
  fc.record({ subject: id('primary').map((one) => `primaries/${one}`), record: fc.constant({ kind: 'pbx', target: 'sip:{number}@pbx.example.net' }), named: fc.constant('name') }),
  fc.record({ subject: id('carrier').map((one) => `carriers/${one}`), record: fc.constant({ kind: 'twilio', credentials: { accountSid: ACCOUNT, authToken: 'env:NONE' } }), named: fc.constant('name') }),
  fc.record({ subject: fc.constantFrom(...NUMBERS).map((one) => `numbers/${one}`), record: fc.record({ customer: owner, primary, carrier: fc.oneof(id('carrier'), fc.constant('main')), plan: maybe(plan) }), named: fc.constant('carrierRef') }),
);

/** Conditions that hold, conditions that do not, and a body that is none. */
const oddity = fc.oneof({ weight: 6, arbitrary: fc.constant('' as const) }, { weight: 1, arbitrary: fc.constantFrom('only if it is new', 'only if it is there', 'only if it is another', 'with a field that does not exist') });

const CONDITIONS: Record<string, Record<string, string>> = {
  'only if it is new': { 'if-none-match': '*' },
  'only if it is there': { 'if-match': '*' },
  'only if it is another': { 'if-match': `"${'A'.repeat(22)}"` },
};

const put = fc.record({ made: records, odd: oddity }).map(({ made: { subject, record, named }, odd }): Write => ({
  method: 'PUT',
  subject,
  variant: odd === '' ? '' : ` ${odd}`,
  say(serial) {
    const value = `V${serial}`;
    const more = odd === 'with a field that does not exist' ? { nonsense: true } : {};
    return { subject, value, body: JSON.stringify({ ...record, [named]: value, ...more }), headers: { ...JSON_BODY, ...CONDITIONS[odd] } };
  },
}));

const remove = records.map(({ subject }): Write => ({ method: 'DELETE', subject, variant: '', say: () => ({ subject, value: undefined, body: undefined, headers: {} }) }));

export const writes = fc.oneof({ weight: 5, arbitrary: put }, { weight: 1, arbitrary: remove });

export const orders: fc.Arbitrary<Order> = fc.record({ primary: fc.oneof({ weight: 5, arbitrary: primary }, { weight: 1, arbitrary: fc.constant('fixed') }), says: fc.constantFrom('divert', 'restore') });

/** Rows of an import: all at once or, with `refused`, one more that refers to nobody. */
export function rowsOf(numbers: readonly string[], carrierRef: string, refused: boolean): string {
  const row = (number: string, owner: string) => JSON.stringify({ number, customer: owner, primary: 'fixed', carrier: 'main', carrierRef });
  return [...numbers.map((number) => row(number, 'fixed')), ...(refused ? [row('+442079467999', 'nobody')] : [])].join('\n');
}
