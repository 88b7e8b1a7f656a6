/**
 * The contract of test calls that every carrier keeps which can be told to call: the whole service, a strict stand-in of the carrier, and what
 * comes of each call. Each kind of carrier has one line in DRILLS (drill-fixtures.ts).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillTest } from '../../rules/drill-test.ts';
import type { CarrierAccount } from '../../src/carriers/api.ts';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import type { CarrierKind } from '../../src/domain/carrier.ts';
import type { Faults } from '../../stand-ins/faults.ts';
import type { Origins } from '../../stand-ins/exchange.ts';
import type { Called, PlacedCall } from '../../stand-ins/placed-call.ts';
import { PUBLIC_BASE_URL, type RunningService } from '../support/service.ts';
import type { CalledService } from './called-service.ts';
import { CONTRACTS } from './contracts.ts';
import { NOW } from './contract.ts';

/** What the suite sees of a stand-in. */
export interface DrillCarrier {
  credentials: Readonly<Record<string, string>>;
  baseUrl: string;
  answers(to: string, how: Called): void;
  placed(): readonly Pick<PlacedCall, 'from' | 'faults' | 'heard' | 'over'>[];
  faults: Faults;
  close(): Promise<void>;
}

export interface DrillFixture {
  /** With this number in the account. */
  open(number: string, origins: Origins): Promise<DrillCarrier>;
  /** Calls are placed at it towards SIP addresses, too, over the stand-in alone. */
  sip: boolean;
  /** Requests before the one that places a call. */
  readsBefore: number;
  /** Afterwards it says of a call only that it is over. */
  saysLittle?: true;
}

interface Shown {
  id: string;
  tests: { to: string; is: string; why?: string; heldBack?: { code: string }; times: Record<string, number> }[];
}

const SOON = { timeout: 15_000, interval: 25 };
const UNKNOWN_REFS = ['none', 'CA00000000000000000000000000000000', '00000000-0000-4000-8000-000000000000', 'v3-none', 'c-00000000-0000'];

/** What one kind of carrier needs so that its numbers can be drilled. `at` makes its numbers differ from those of the others. */
function carrierOf(here: CalledService, kind: CarrierKind, fixture: DrillFixture, at: number) {
  const number = `+1205216${1000 + at}`;
  let carrier: DrillCarrier | undefined;
  let called = 0;
  beforeAll(async () => {
    carrier = await fixture.open(number, new Map([[PUBLIC_BASE_URL, here.service.url]]));
    const { credentials, baseUrl } = carrier;
    await here.service.ask('PUT', `/v1/carriers/${kind}`, { kind, credentials, baseUrl });
  });
  afterAll(() => carrier?.close());
  const ask = <T>(...request: Parameters<RunningService['ask']>) => here.service.ask<T>(...request);
  return {
    number,
    get standIn(): DrillCarrier {
      if (!carrier) throw new Error('there is no carrier outside a test');
      return carrier;
    },
    /** Telephones that nobody has called. */
    telephones: (count: number): string[] => Array.from({ length: count }, () => `+1704266${1000 + at * 50 + (called += 1)}`),
    async begin(tos: readonly string[], from = number): Promise<string> {
      await ask('PUT', `/v1/plans/${kind}`, { customer: 'acme', destinations: tos.map((to) => ({ to, ringSeconds: 10 })) });
      await ask('PUT', `/v1/numbers/${from}`, { customer: 'acme', primary: 'pbx', carrier: kind, plan: kind });
      return (await ask<Shown>('POST', '/v1/drills', { numbers: [from], anyHour: true })).id;
    },
    read: (id: string) => ask<Shown & { state: string }>('GET', `/v1/drills/${id}`),
    async ended(id: string, state = 'done') {
      await expect.poll(async () => (await this.read(id)).state, SOON).toBe(state);
      return (await this.read(id)).tests;
    },
    async stop(id: string) {
      await ask('POST', `/v1/drills/${id}/stop`);
      return this.ended(id, 'stopped');
    },
  };
}

export function describeDrills(here: CalledService, kind: CarrierKind, fixture: DrillFixture, at: number): void {
  describe(kind, () => {
    const carrier = carrierOf(here, kind, fixture, at);
    const desk = `sip:${kind}@backup.example.net`;
    const account = (): CarrierAccount => ({ credentials: carrier.standIn.credentials, baseUrl: carrier.standIn.baseUrl, timeoutMs: 5000, now: Date.now });
    const order = (to: string) => ({ to, from: carrier.number, answerUrl: `${PUBLIC_BASE_URL}/webhooks/${kind}/drill?drill=none&test=0`, statusUrl: `${PUBLIC_BASE_URL}/webhooks/${kind}/drill-status?drill=none&test=0`, ringSeconds: 20, limitSeconds: 60 });

    it('calls each destination as a number of the account, and says what became of each; its documents are ones that the carrier plays', async () => {
      const [presses, other, listens, busy, silent, nobody] = carrier.telephones(6) as [string, string, string, string, string, string];
      const { standIn } = carrier;
      standIn.answers(presses, { does: 'presses', key: '1' });
      standIn.answers(other, { does: 'presses', key: '7' });
      standIn.answers(listens, { does: 'listens' });
      standIn.answers(busy, { does: 'busy' });
      standIn.answers(silent, { does: 'no-answer' });
      standIn.answers(desk, { does: 'presses', key: '1' });
      const tests = await carrier.ended(await carrier.begin([presses, other, listens, busy, silent, nobody, ...(fixture.sip ? [desk] : [])]));
      expect(tests.map(({ is }) => is)).toEqual(['proven', 'unconfirmed', 'unconfirmed', 'busy', 'no-answer', 'failed', ...(fixture.sip ? ['proven'] : [])]);
      const { accepted, answered, confirmed, ended } = tests[0]!.times;
      expect([accepted, answered, confirmed, ended].every((ms) => ms !== undefined)).toBe(true);
      const placed = standIn.placed();
      expect(placed.flatMap(({ faults }) => faults)).toEqual([]);
      expect(placed).toHaveLength(tests.length);
      expect(new Set(placed.map(({ from }) => from.replace('+', '')))).toEqual(new Set([carrier.number.slice(1)]));
      expect(placed.flatMap(({ heard }) => heard).filter((text) => text.includes('press 1'))).toHaveLength(tests.length - 3);
      expect(placed.flatMap(({ heard }) => heard).filter((text) => text.includes('Thank you'))).toHaveLength(fixture.sip ? 2 : 1);
      expect(await here.service.ask('GET', '/v1/calls')).toMatchObject({ items: [] });
    });

    it('a call that was taken and not acknowledged is known by its webhooks, and made once', async () => {
      const [to] = carrier.telephones(1) as [string];
      const before = carrier.standIn.placed().length;
      carrier.standIn.answers(to, { does: 'presses', key: '1' });
      carrier.standIn.faults.next(fixture.readsBefore, 'none');
      carrier.standIn.faults.next(1, 'accept-then-break');
      expect((await carrier.ended(await carrier.begin([to])))[0]).toMatchObject({ is: 'proven' });
      expect(carrier.standIn.placed()).toHaveLength(before + 1);
    });

    it('a call that is refused is told in the words of the carrier, without the numbers in them', async () => {
      const [to] = carrier.telephones(1) as [string];
      const before = carrier.standIn.placed().length;
      const stranger = carrier.number.replace('+1205216', '+1205217');
      const [test] = await carrier.ended(await carrier.begin([to], stranger));
      expect(test).toMatchObject({ is: 'failed', why: expect.stringMatching(/^[A-Z]\w+(?: \d+)?: /) });
      expect(test?.why).not.toContain(stranger.slice(1));
      expect(carrier.standIn.placed()).toHaveLength(before);
    });

    it('webhooks that somebody else sends are refused, and change nothing; what is stopped is ended at the carrier', async () => {
      const [to] = carrier.telephones(1) as [string];
      carrier.standIn.answers(to, { does: 'rings' });
      const id = await carrier.begin([to]);
      await expect.poll(async () => (await carrier.read(id)).tests[0]?.times['accepted'], SOON).toBeDefined();
      const { is } = (await carrier.read(id)).tests[0]!;
      const { genuine, unsigned, call } = CONTRACTS[kind]!;
      for (const verb of ['drill', 'drill-key', 'drill-status']) {
        const forged = genuine(`/webhooks/${kind}/${verb}?drill=${id}&test=0`, { ...call, Digits: '1', digits: '1', CallStatus: 'completed', status: 'completed', eventType: 'disconnect' }, 'somebody-else');
        for (const [request, code] of [[forged, 'webhook_forged'], [unsigned(forged), 'webhook_unsigned']] as const) {
          const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
          const reply = await fetch(here.service.url + request.target, { method: request.method, headers, body: request.body });
          expect([verb, reply.status, await reply.json()]).toEqual([verb, 403, expect.objectContaining({ code })]);
        }
      }
      expect((await carrier.read(id)).tests[0]).toMatchObject({ is: is === 'calling' ? expect.stringMatching(/calling|ringing/) as string : is });
      expect((await carrier.stop(id))[0]).toMatchObject({ is: 'stopped' });
      await carrier.standIn.placed().at(-1)?.over;
    });

    it('a call is read back, ended while it rings, and stays ended; one that it does not know is none', async () => {
      const [rings, busy, listens] = carrier.telephones(3) as [string, string, string];
      const { standIn } = carrier;
      const api = await CARRIER_PARTS[kind].openApi(account());
      standIn.answers(rings, { does: 'rings' });
      standIn.answers(busy, { does: 'busy' });
      standIn.answers(listens, { does: 'listens' });
      const place = (to: string) => api.placeCall!(order(to)).then(({ ref }) => ref);
      const resultOf = async (ref: string): Promise<string> => {
        const state = await api.placedCall!(ref);
        return state?.is === 'ended' ? drillTest({ placing: { at: NOW }, ended: { at: NOW, what: state.status } }).is : String(state?.is);
      };
      const results: string[] = [];
      for (const to of [busy, listens]) {
        const ref = await place(to);
        await standIn.placed().at(-1)?.over;
        results.push(await resultOf(ref));
      }
      expect(results).toEqual(fixture.saysLittle ? ['unknown', 'unknown'] : ['busy', 'unconfirmed']);
      const ref = await place(rings);
      expect(await api.placedCall!(ref)).toEqual({ is: 'going-on' });
      await api.endCall!(ref);
      await standIn.placed().at(-1)?.over;
      expect(await resultOf(ref)).toBe(fixture.saysLittle ? 'unknown' : 'no-answer');
      await api.endCall!(ref);
      for (const none of UNKNOWN_REFS) expect(await api.placedCall!(none).catch((error: unknown) => error)).toSatisfy((state) => state === undefined || (state as { code?: string }).code === 'carrier_refused');
      standIn.faults.next(fixture.readsBefore, 'none');
      standIn.faults.next(1, 'broken');
      await expect(api.placeCall!(order(busy))).rejects.toMatchObject({ code: 'carrier_outcome_unknown' });
      standIn.faults.next(1, 'broken');
      await expect(api.placedCall!(ref)).rejects.toMatchObject({ code: 'carrier_unavailable' });
      api.close();
    });

    // The last: from here on the carrier is left alone.
    it('a carrier that asks for a pause is left alone, and nobody is called', async () => {
      const [to] = carrier.telephones(1) as [string];
      const before = carrier.standIn.placed().length;
      carrier.standIn.faults.next(1, 'throttled');
      const id = await carrier.begin([to]);
      await expect.poll(async () => (await carrier.read(id)).tests[0]?.heldBack?.code, SOON).toBe('carrier');
      expect((await carrier.stop(id))[0]).toMatchObject({ is: 'skipped' });
      expect(carrier.standIn.placed()).toHaveLength(before);
    });
  });
}
