/** Numbers at the stand-in for a carrier that is described, in two ways, for what holds at every carrier. */
import * as fc from 'fast-check';
import { httpRouting } from '../../../src/carriers/http/routing.ts';
import type { HttpApi } from '../../../src/domain/http-api.ts';
import type { HeldNumber } from '../../../stand-ins/http/numbers.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';
import { AUTHS, openDescribed, openStandIn, PATHS, SECRET, USER, WORDS } from './described.ts';

const NUMBER = '+14155550100';
const NATIONAL = '+144155550100';

const phone = fc.constantFrom('+14155550111', '+442079460123', '+33123456789');
const sip = fc.constantFrom('sip:desk@pbx.example.net', 'sips:a&b="c"@[2001:db8::1]:5061;transport=tls');

function fixture(api: HttpApi, path: string, originals: fc.Arbitrary<Partial<HeldNumber>>, targets: RoutingFixture<unknown>['targets']): RoutingFixture<Partial<HeldNumber>> {
  return {
    routing: httpRouting(api),
    originals,
    targets,
    async open() {
      const carrier = await openStandIn('hmac', MOST_OF_A_PAGE, Date.now);
      // Its digits hold those of the other.
      carrier.addNumber(NATIONAL);
      const held = carrier.addNumber(NUMBER);
      const client = openDescribed(api, carrier.url + path, { timeoutMs: PATIENCE_MS, now: Date.now });
      return {
        carrier: { kind: 'http', credentials: { user: USER, secret: SECRET }, baseUrl: carrier.url + path, api },
        api: client,
        number: NUMBER,
        more: () => [NATIONAL, ...['+14155550101', '+14155550102', '+14155550103'].map((e164) => carrier.addNumber(e164).e164)],
        faults: carrier.faults,
        set: (original) => void Object.assign(held, structuredClone(original)),
        held: () => held,
        async close() {
          client.close();
          await carrier.close();
        },
      };
    },
  };
}

const phones = phone.map((number) => ({ kind: 'phone', number }) as const);
const forwarding = (to: fc.Arbitrary<string | null>) => fc.record({ enabled: fc.boolean(), to });

export const pathsRoutingFixture = fixture(
  { ...PATHS.api, auth: AUTHS.hmac }, '/v1',
  fc.record({ forwarding: forwarding(fc.oneof(fc.constant(null), phone, sip)), failover: fc.oneof(fc.constant(null), phone) }),
  phones,
);

/** Its safety net takes telephones alone. */
export const sipRoutingFixture = fixture(
  { ...PATHS.api, auth: AUTHS.hmac, safetyNet: { catches: 'Always.', sip: { set: { failover: '{target}' } }, off: { failover: '' } } }, '/v1',
  fc.record({ forwarding: forwarding(fc.oneof(fc.constant(null), phone, sip)), failover: fc.oneof(fc.constant(null), sip) }),
  sip.map((uri) => ({ kind: 'sip', uri }) as const),
);

export const wordsRoutingFixture = fixture(
  WORDS.api, '',
  fc.record({ forwarding: forwarding(fc.oneof(fc.constant(null), phone)), ring_seconds: fc.integer({ min: 1, max: 99 }) }),
  phones,
);
