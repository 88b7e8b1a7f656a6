/** Numbers and applications at the stand-in for Plivo, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createPlivoApi } from '../../../src/carriers/plivo/api.ts';
import { APPLICATION_REF } from '../../../src/carriers/plivo/fields.ts';
import { plivoRouting } from '../../../src/carriers/plivo/routing.ts';
import type { HeldApplication } from '../../../stand-ins/plivo/account.ts';
import { createPlivo, type Plivo } from '../../../stand-ins/plivo/plivo.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture, type RoutingWorld } from '../routing-contract.ts';

export const AUTH_ID = 'MANWVLYTK4ZWU1YTY4QA';
export const TOKEN = 'a-token-of-the-test';
const NUMBER = '+442079460123';

const address = fc.webUrl().map((url) => url.slice(0, 200));
const optional = fc.oneof(fc.constant(''), address);
const method = fc.constantFrom('GET', 'POST');
const settings = fc.record({ answer_url: address, answer_method: method, fallback_answer_url: optional, fallback_method: method, hangup_url: optional, hangup_method: method });

async function open<Thing>(place: (plivo: Plivo) => Pick<RoutingWorld<Thing>, 'number' | 'group' | 'more' | 'set' | 'held'>): Promise<RoutingWorld<Thing>> {
  const plivo = await createPlivo({ authId: AUTH_ID, authToken: TOKEN, mostOfAPage: MOST_OF_A_PAGE });
  const api = createPlivoApi({ credentials: { authId: AUTH_ID, authToken: TOKEN }, baseUrl: plivo.url, timeoutMs: PATIENCE_MS });
  return {
    ...place(plivo),
    carrier: { kind: 'plivo', credentials: { authId: AUTH_ID, authToken: TOKEN }, baseUrl: plivo.url },
    api,
    faults: plivo.faults,
    async close() {
      api.close();
      await plivo.close();
    },
  };
}

const targets = address.map((url) => ({ kind: 'web', url }) as const);

/** None, one of two applications, or one that bears our name and is not as we make it. */
export const plivoRoutingFixture: RoutingFixture<0 | 1 | 2 | undefined> = {
  routing: plivoRouting,
  originals: fc.constantFrom(0 as const, 1 as const, 2 as const, undefined),
  targets,
  open: () => open((plivo) => {
    const applications = [plivo.addApplication(), plivo.addApplication(), plivo.addApplication({ app_name: 'Ringthrough-diverted', answer_method: 'POST' })];
    const held = plivo.addNumber(NUMBER);
    const more = (): readonly string[] => [0, 1, 2, 3].map((digit) => `+${plivo.addNumber(`+44207946020${digit}`, { app_id: applications[digit]?.app_id ?? null }).number}`);
    return { number: NUMBER, more, set: (original) => void (held.app_id = original === undefined ? null : (applications[original]?.app_id ?? null)), held: () => [held, applications] };
  }),
};

export const plivoApplicationFixture: RoutingFixture<Partial<HeldApplication>> = {
  routing: plivoRouting,
  unit: 'group',
  groupLike: `${APPLICATION_REF}1`,
  originals: settings,
  targets,
  open: () => open((plivo) => {
    const held = plivo.addApplication();
    return { number: undefined, group: APPLICATION_REF + held.app_id, set: (original) => void Object.assign(held, original), held: () => held };
  }),
};
