/**
 * Bandwidth's API for the options of numbers: set by an order that is carried out later
 * (https://dev.bandwidth.com/docs/numbers/guides/manage-inventory/applyTnOptionsAndFeatures/).
 */
import { Failure } from '../../domain/errors.ts';
import { maskNumbersIn } from '../../domain/phone-number.ts';
import type { CarrierAccount, CarrierApi, HeldNumber, OrderState, Routing, Send } from '../api.ts';
import { unusable } from '../http.ts';
import { pagesOf, type Page } from '../pages.ts';
import { within, type XmlElement } from './answer-xml.ts';
import { createPlacedCalls } from './calls.ts';
import { createBandwidthClient, errorsIn } from './client.ts';
import { detailsPath, NUMBER, optionOrder, ordersPath } from './requests.ts';
import { TEN_DIGITS } from './routing.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const ID = /^[0-9]{1,20}$/;
/** The most that a page holds. */
const PAGE_SIZE = 500;
const ORDER = /^[A-Za-z0-9-]{1,64}$/;

function unknownNumber(why: string): Failure {
  return new Failure('carrier_number_unknown', `Bandwidth: ${why}`);
}

/** An option as it is written, however it is read back: locations write a number as `+1…@PSTN` and an address with `sip:`. */
function optionOf(element: XmlElement | undefined): string {
  const text = element?.text ?? '';
  if (/^(?:|systemdefault|false)$/i.test(text)) return '';
  return /^\+1([0-9]{10})@PSTN$/i.exec(text)?.[1] ?? text.replace(/^sip:/i, '');
}

export function createBandwidthApi(account: CarrierAccount): CarrierApi {
  const { accountId = '' } = account.credentials;
  const timeoutMs = account.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const client = createBandwidthClient(account, timeoutMs);

  /** Where the number is in the account, and what is known of it all over it. */
  async function detailsOf(ref: string): Promise<{ path: string; options: XmlElement | undefined }> {
    const details = within(await client.read(detailsPath(ref)), 'TelephoneNumberDetails');
    const text = (...path: readonly string[]): string => within(details, ...path)?.text ?? '';
    const [site, peer] = [text('Site', 'Id'), text('SipPeer', 'PeerId')];
    if (text('FullNumber') !== ref) throw unusable('Bandwidth', 'gave no usable answer', false);
    // The credentials may be good for several accounts.
    if (text('AccountId') !== accountId) throw unknownNumber('another account holds this number');
    if (!ID.test(site) || !ID.test(peer)) throw unusable('Bandwidth', 'did not say at which location the number is', false);
    return { path: `/accounts/${encodeURIComponent(accountId)}/sites/${site}/sippeers/${peer}/tns/${ref}`, options: within(details, 'TnOptions') };
  }

  async function readRouting(ref: string, number?: string): Promise<Routing> {
    if (!NUMBER.test(ref) || (number !== undefined && number !== `+1${ref}`)) throw unknownNumber('no such number');
    const { path, options } = await detailsOf(ref);
    const held = within(await client.read(path), 'SipPeerTelephoneNumber');
    if (within(held, 'FullNumber')?.text !== ref) throw unusable('Bandwidth', 'gave no usable answer', false);
    return { CallForward: optionOf(within(held, 'CallForward')), FinalDestinationURI: optionOf(within(options, 'FinalDestinationURI')) };
  }

  /** `<Links><next>Link=&lt;https://…/inserviceNumbers?page=2&amp;size=500&gt;;rel="next";</next></Links>` until the last. */
  async function page(at: string): Promise<Page<string, string>> {
    const root = await client.read(`/accounts/${encodeURIComponent(accountId)}/inserviceNumbers?${new URLSearchParams({ page: at, size: String(PAGE_SIZE) }).toString()}`);
    const list = within(root, 'TelephoneNumbers');
    if (root.name !== 'TNs' || !list) throw unusable('Bandwidth', 'gave no list of numbers', false);
    const next = within(root, 'Links', 'next')?.text ?? '';
    const token = /[?&]page=([^&>]+)/.exec(next)?.[1];
    if (next !== '' && token === undefined) throw unusable('Bandwidth', 'did not say where its list goes on', false);
    return { items: list.children.filter(({ name }) => name === 'TelephoneNumber').map(({ text }) => text), next: token === undefined ? undefined : decodeURIComponent(token) };
  }

  async function* listNumbers(send: Send): AsyncGenerator<readonly HeldNumber[]> {
    for await (const refs of pagesOf<string, string>('Bandwidth', '1', (at) => send(() => page(at)))) {
      for (const ref of refs) if (NUMBER.test(ref)) yield [{ number: `+1${ref}`, ref, routing: await send(() => readRouting(ref)) }];
    }
  }

  const { close: closeVoice, ...calls } = createPlacedCalls(account, timeoutMs);

  return {
    listNumbers,
    saidLimits: client.saidLimits,
    async findNumber(e164) {
      const ref = TEN_DIGITS.exec(e164)?.[1];
      if (ref === undefined) return undefined;
      try {
        return { ref, routing: await readRouting(ref) };
      } catch (error) {
        if (error instanceof Failure && error.code === 'carrier_number_unknown') return undefined;
        throw error;
      }
    },
    readRouting,
    async setRouting(ref, fields) {
      const answer = await client.order(optionOrder(accountId, ref, fields));
      const order = within(answer, 'TnOptionOrder', 'OrderId')?.text ?? '';
      if (!ORDER.test(order)) throw unusable('Bandwidth', 'did not say which order it made', true);
      return { order };
    },
    async orderState(order): Promise<OrderState> {
      if (!ORDER.test(order)) return { is: 'failed', why: 'No such order' };
      const root = await client.read(`${ordersPath(accountId)}/${order}`).catch((error: unknown) => {
        if (error instanceof Failure && error.code === 'carrier_number_unknown') return undefined;
        throw error;
      });
      if (root === undefined) return { is: 'failed', why: 'Bandwidth does not know this order' };
      const found = root.name === 'TnOptionOrder' ? root : within(root, 'TnOptionOrder');
      switch (within(found, 'ProcessingStatus')?.text ?? '') {
        case 'RECEIVED':
        case 'PROCESSING':
          return { is: 'working' };
        case 'COMPLETE':
          return { is: 'done' };
        // Of one number, in part is not at all.
        case 'PARTIAL':
        case 'FAILED':
          return { is: 'failed', why: maskNumbersIn(found === undefined ? '' : errorsIn(found).join('; ')).slice(0, 300) || 'Bandwidth does not say why' };
        default:
          throw unusable('Bandwidth', 'gave no usable answer', false);
      }
    },
    ...calls,
    close() {
      client.close();
      closeVoice();
    },
  };
}
