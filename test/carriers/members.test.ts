/** Which numbers a trunk or an application has, as each carrier that has such says it: all of them, page after page, and no others. */
import { expect, it } from 'vitest';
import type { CarrierApi } from '../../src/carriers/api.ts';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { APPLICATION_REF as PLIVO_REF } from '../../src/carriers/plivo/fields.ts';
import { createPlivoApi } from '../../src/carriers/plivo/api.ts';
import { APPLICATION_REF as SIGNALWIRE_REF } from '../../src/carriers/signalwire/fields.ts';
import { createSignalwireApi } from '../../src/carriers/signalwire/api.ts';
import { APPLICATION_REF as TELNYX_REF } from '../../src/carriers/telnyx/fields.ts';
import { createTelnyxApi } from '../../src/carriers/telnyx/api.ts';
import { createTwilioApi } from '../../src/carriers/twilio/api.ts';
import { APPLICATION_REF as VONAGE_REF } from '../../src/carriers/vonage/fields.ts';
import { createVonageApi } from '../../src/carriers/vonage/api.ts';
import { CARRIER_KINDS, type CarrierKind } from '../../src/domain/carrier.ts';
import { codeOf } from '../../src/domain/errors.ts';
import { createPlivo } from '../../stand-ins/plivo/plivo.ts';
import { createSignalwire } from '../../stand-ins/signalwire/signalwire.ts';
import { createTelnyx } from '../../stand-ins/telnyx/telnyx.ts';
import { createTwilio, type Twilio } from '../../stand-ins/twilio/twilio.ts';
import { createVonage } from '../../stand-ins/vonage/vonage.ts';
import { ACCOUNT } from '../support/world.ts';

interface Place {
  api: CarrierApi;
  /** Two of the same sort. */
  groups: readonly [string, string];
  unknown: string;
  /** `group`: its place in `groups`; undefined: in none. */
  add(number: string, group: 0 | 1 | undefined): void;
  close(): Promise<void>;
}

const SECRET = 'a-token-of-the-test';
const PROJECT = '11111111-2222-4333-8444-555555555555';
const closing = (api: CarrierApi, standIn: { close(): Promise<void> }) => async (): Promise<void> => {
  api.close();
  await standIn.close();
};

async function atTwilio(place: (twilio: Twilio) => Pick<Place, 'groups' | 'unknown' | 'add'>): Promise<Place> {
  const twilio = await createTwilio({ accountSid: ACCOUNT, authToken: SECRET });
  const api = createTwilioApi({ credentials: { accountSid: ACCOUNT, authToken: SECRET }, baseUrl: twilio.url });
  return { api, ...place(twilio), close: closing(api, twilio) };
}

const PLACES: readonly [CarrierKind, string, () => Promise<Place>][] = [
  ['twilio', 'trunk', () => atTwilio((twilio) => {
    const groups = [twilio.trunks.add([]).sid, twilio.trunks.add([]).sid] as const;
    return { groups, unknown: `TK${'9'.repeat(32)}`, add: (number, group) => void twilio.addNumber(number, group === undefined ? {} : { trunk_sid: groups[group] }) };
  })],
  ['twilio', 'application', () => atTwilio((twilio) => {
    const groups = [twilio.applications.add().sid, twilio.applications.add().sid] as const;
    return { groups, unknown: `AP${'9'.repeat(32)}`, add: (number, group) => void twilio.addNumber(number, group === undefined ? {} : { voice_application_sid: groups[group] }) };
  })],
  ['telnyx', 'TeXML application', async () => {
    const telnyx = await createTelnyx({ apiKey: SECRET });
    const api = createTelnyxApi({ credentials: { apiKey: SECRET }, baseUrl: telnyx.url });
    const ids = [telnyx.addApplication({}).id, telnyx.addApplication({}).id] as const;
    return {
      api, groups: [TELNYX_REF + ids[0], TELNYX_REF + ids[1]], unknown: `${TELNYX_REF}unknown`, close: closing(api, telnyx),
      add: (number, group) => void telnyx.addNumber(number, group === undefined ? {} : { connection_id: ids[group] }),
    };
  }],
  ['vonage', 'application', async () => {
    const vonage = await createVonage({ apiKey: '12345678', apiSecret: SECRET });
    const api = createVonageApi({ credentials: { apiKey: '12345678', apiSecret: SECRET }, baseUrl: vonage.url });
    const voice = { capabilities: { voice: { webhooks: { answer_url: { address: 'https://pbx.example.net/answer', http_method: 'GET' } } } } };
    const ids = [vonage.addApplication(voice).id, vonage.addApplication(voice).id] as const;
    let count = 0;
    return {
      api, groups: [VONAGE_REF + ids[0], VONAGE_REF + ids[1]], unknown: `${VONAGE_REF}unknown`, close: closing(api, vonage),
      add(number, group) {
        const held = vonage.addNumber('GB', number.slice(1));
        count += 1;
        // Every other one names it as a callback, as was done before numbers had applications.
        if (group !== undefined) Object.assign(held, count % 2 === 0 ? { app_id: ids[group] } : { voiceCallbackType: 'app', voiceCallbackValue: ids[group] });
        // One that is forwarded is not the application's to move, though it names it.
        else Object.assign(held, { app_id: ids[0], voiceCallbackType: 'tel', voiceCallbackValue: '447400123456' });
      },
    };
  }],
  ['signalwire', 'application', async () => {
    const signalwire = await createSignalwire({ projectId: PROJECT, apiToken: SECRET });
    const api = createSignalwireApi({ credentials: { space: 'example', projectId: PROJECT, apiToken: SECRET }, baseUrl: signalwire.url });
    const ids = [signalwire.addApplication().sid, signalwire.addApplication().sid] as const;
    return {
      api, groups: [SIGNALWIRE_REF + ids[0], SIGNALWIRE_REF + ids[1]], unknown: `${SIGNALWIRE_REF}unknown`, close: closing(api, signalwire),
      add: (number, group) => void Object.assign(signalwire.addNumber(number), group === undefined ? {} : { voice_application_sid: ids[group], call_handler: 'laml_application' }),
    };
  }],
  ['plivo', 'application', async () => {
    const plivo = await createPlivo({ authId: 'MANWVLYTK4ZWU1YTY4QA', authToken: SECRET });
    const api = createPlivoApi({ credentials: { authId: 'MANWVLYTK4ZWU1YTY4QA', authToken: SECRET }, baseUrl: plivo.url });
    const ids = [plivo.addApplication().app_id, plivo.addApplication().app_id] as const;
    return {
      api, groups: [PLIVO_REF + ids[0], PLIVO_REF + ids[1]], unknown: `${PLIVO_REF}unknown`, close: closing(api, plivo),
      add: (number, group) => void Object.assign(plivo.addNumber(number), group === undefined ? {} : { app_id: ids[group] }),
    };
  }],
];

const ALL = 2100;

it.each(PLACES)('%s says which numbers are on a %s', async (_kind, _word, open) => {
  const { api, groups, unknown, add, close } = await open();
  try {
    const held: string[][] = [[], []];
    for (let at = 0; at < ALL; at += 1) {
      const number = `+4420794${String(at).padStart(5, '0')}`;
      const group = at % 3 === 2 ? undefined : ((at % 3) as 0 | 1);
      add(number, group);
      if (group !== undefined) held[group]?.push(number);
    }
    for (const [at, group] of groups.entries()) expect([...((await api.members?.(group, (request) => request())) ?? [])].toSorted()).toEqual(held[at]);
    expect([[], 'carrier_number_unknown']).toContainEqual(await api.members?.(unknown, (request) => request()).catch(codeOf));
  } finally {
    await close();
  }
});

it('every carrier that has groups says who is in one', () => {
  const having = CARRIER_KINDS.filter((kind) => {
    const { routing } = CARRIER_PARTS[kind];
    return typeof routing !== 'function' && routing.abilities.group !== undefined;
  });
  expect([...new Set(PLACES.map(([kind]) => kind))].toSorted()).toEqual(having.toSorted());
});
