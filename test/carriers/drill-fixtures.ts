/** One line for each kind of carrier: how its stand-in is opened, for the contract of test calls; undefined where it cannot be told to call. */
import { generateKeyPairSync } from 'node:crypto';
import type { CarrierKind } from '../../src/domain/carrier.ts';
import { createBandwidth } from '../../stand-ins/bandwidth/bandwidth.ts';
import type { Called } from '../../stand-ins/placed-call.ts';
import { createPlivo } from '../../stand-ins/plivo/plivo.ts';
import { createSignalwire } from '../../stand-ins/signalwire/signalwire.ts';
import { createTelnyx } from '../../stand-ins/telnyx/telnyx.ts';
import type { PhoneBehaviour } from '../../stand-ins/twilio/phones.ts';
import { createTwilio } from '../../stand-ins/twilio/twilio.ts';
import { createVonage } from '../../stand-ins/vonage/vonage.ts';
import type { DrillFixture } from './drill-contract.ts';
import telnyxKeys from './telnyx/signature-vectors.json' with { type: 'json' };

const SECRET = 'a-secret-of-the-test-0123456789';
const ID = '11111111-2222-4333-8444-555555555555';
const TALK_SECONDS = 600;

const bandwidth: DrillFixture = {
  sip: true,
  readsBefore: 0,
  async open(number, origins) {
    const account = { accountId: '9900012', username: 'api-user', password: SECRET };
    const standIn = await createBandwidth({ ...account, origins });
    standIn.book.addNumber(number.slice(2));
    return {
      ...standIn, placed: () => standIn.placed, answers: (to, how) => void standIn.called.set(to, how),
      credentials: { ...account, webhookPassword: `${SECRET}-of-webhooks`, applicationId: ID, voiceUrl: standIn.voiceUrl }, baseUrl: standIn.url,
    };
  },
};

const plivo: DrillFixture = {
  sip: true,
  readsBefore: 0,
  async open(number, origins) {
    const account = { authId: 'MANWVLYTK4ZWU1YTY4QA', authToken: SECRET };
    const standIn = await createPlivo({ ...account, origins });
    standIn.addNumber(number);
    return { ...standIn, placed: () => standIn.placed, answers: (to, how) => void standIn.called.set(to.replace('+', ''), how), credentials: account, baseUrl: standIn.url };
  },
};

const signalwire: DrillFixture = {
  sip: true,
  readsBefore: 0,
  async open(number, origins) {
    const account = { projectId: ID, apiToken: SECRET, signingKey: `PSK-${SECRET}` };
    const standIn = await createSignalwire({ ...account, origins });
    standIn.addNumber(number);
    return {
      ...standIn, placed: () => standIn.placed, answers: (to, how) => void standIn.called.set(to.startsWith('sip:') ? `${to};transport=udp` : to, how),
      credentials: { ...account, space: 'example' }, baseUrl: standIn.url,
    };
  },
};

const telnyx: DrillFixture = {
  sip: true,
  // The number, what it has set, and the application that it belongs to.
  readsBefore: 3,
  saysLittle: true,
  async open(number, origins) {
    const standIn = await createTelnyx({ apiKey: SECRET, privateSeed: telnyxKeys.privateSeed, origins });
    standIn.addNumber(number, { connection_id: standIn.addApplication({ outbound: { outbound_voice_profile_id: '1293384261075731500' } }).id });
    return { ...standIn, placed: () => standIn.placed, answers: (to, how) => void standIn.called.set(to, how), credentials: { apiKey: SECRET, publicKey: telnyxKeys.publicKey }, baseUrl: standIn.url };
  },
};

/** As a telephone of this stand-in behaves, which knows more of them. */
function telephone(how: Called): PhoneBehaviour | undefined {
  switch (how.does) {
    case 'presses': return { does: 'presses', key: how.key, talkSeconds: TALK_SECONDS };
    case 'listens': return { does: 'private-voicemail', talkSeconds: TALK_SECONDS };
    case 'rings': return { does: 'answers', afterSeconds: TALK_SECONDS };
    case 'busy': return { does: 'busy' };
    case 'no-answer': return { does: 'no-answer' };
    case 'fails': return undefined;
  }
}

const twilio: DrillFixture = {
  // Its SIP destinations are real ones: test/carriers/placed-calls.test.ts.
  sip: false,
  readsBefore: 0,
  async open(number, origins) {
    const account = { accountSid: `AC${'a'.repeat(32)}`, authToken: SECRET };
    const standIn = await createTwilio({ ...account, origins, timeScale: 40 });
    standIn.addNumber(number, {});
    return {
      ...standIn,
      placed: () => standIn.placed.map(({ from, over, transcript: { steps, violations } }) => ({
        from, over: over.then(() => undefined), faults: violations.map(({ code, detail }) => `${code} ${detail}`), heard: steps.flatMap((step) => (step.what === 'heard' ? [step.text] : [])),
      })),
      answers(to, how) {
        const behaviour = telephone(how);
        if (behaviour) standIn.phones.behaviours.set(to, behaviour);
      },
      credentials: account, baseUrl: standIn.url,
    };
  },
};

const vonage: DrillFixture = {
  sip: true,
  readsBefore: 0,
  async open(number, origins) {
    const account = { apiKey: '12345678', apiSecret: SECRET, signatureSecret: `${SECRET}-of-webhooks` };
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const standIn = await createVonage({ ...account, origins });
    standIn.addNumber('US', number.slice(1));
    const { id: applicationId } = standIn.addApplication({ keys: { public_key: publicKey } });
    return { ...standIn, placed: () => standIn.placed, answers: (to, how) => void standIn.called.set(to.replace('+', ''), how), credentials: { ...account, applicationId, privateKey }, baseUrl: standIn.url };
  },
};

export const DRILLS: Readonly<Record<CarrierKind, DrillFixture | undefined>> = { bandwidth, flowroute: undefined, http: undefined, plivo, signalwire, telnyx, twilio, voipms: undefined, vonage };
