/** Bandwidth's Numbers API as far as options of numbers are concerned: strict about addresses, elements and values. */
import type { Asked, RestAnswer } from '../rest-server.ts';
import { parseXml, type Element } from '../xml.ts';
import type { CallsApi } from './placed-calls.ts';
import type { Book, HeldNumber, Options, Order } from './book.ts';

const XML = { 'Content-Type': 'application/xml; charset=utf-8' };
const TEN_DIGITS = /^[2-9][0-9]{9}$/;
const FINAL = /^(?=.{10,59}$)[A-Za-z0-9]+@[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?$/;
const ALSO = ['unchanged', 'systemDefault'];

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function document(status: number, body: string): RestAnswer {
  return { status, headers: XML, body: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${body}` };
}

export function refusal(status: number, root: string, code: number, description: string): RestAnswer {
  return document(status, `<${root}><ResponseStatus><ErrorCode>${code}</ErrorCode><Description>${text(description)}</Description></ResponseStatus></${root}>`);
}

/** An option that is not set has no element. */
function option(name: keyof Options, { options }: HeldNumber): string {
  return options[name] === '' ? '' : `<${name}>${text(options[name])}</${name}>`;
}

function details(number: HeldNumber): RestAnswer {
  const { tn, accountId, siteId, peerId } = number;
  return document(200, `<TelephoneNumberResponse><TelephoneNumberDetails><City>RALEIGH</City><State>NC</State><FullNumber>${tn}</FullNumber><Status>Inservice</Status><AccountId>${accountId}</AccountId>`
    + `<Site><Id>${siteId}</Id><Name>main</Name></Site><SipPeer><PeerId>${peerId}</PeerId><PeerName>edge</PeerName></SipPeer>`
    + `<TnOptions>${option('CallForward', number)}${option('FinalDestinationURI', number)}</TnOptions></TelephoneNumberDetails></TelephoneNumberResponse>`);
}

function atPeer(number: HeldNumber): RestAnswer {
  return document(200, `<SipPeerTelephoneNumberResponse><SipPeerTelephoneNumber><FullNumber>${number.tn}</FullNumber>${option('CallForward', number)}<CallingNameDisplay>true</CallingNameDisplay></SipPeerTelephoneNumber></SipPeerTelephoneNumberResponse>`);
}

function orderElement({ id, status, changes, tns, errors }: Order): string {
  const options = Object.entries(changes).map(([name, value]) => `<${name}>${text(value)}</${name}>`).join('');
  const list = errors.map(({ code, description, tn }) => `<Error><Code>${code}</Code><Description>${text(description)}</Description><TelephoneNumber>${tn}</TelephoneNumber></Error>`).join('');
  const group = `<TnOptionGroup>${options}<TelephoneNumbers>${tns.map((tn) => `<TelephoneNumber>${tn}</TelephoneNumber>`).join('')}</TelephoneNumbers></TnOptionGroup>`;
  return `<TnOptionOrder><OrderCreateDate>2026-01-15T12:01:14.324Z</OrderCreateDate><OrderId>${id}</OrderId><ProcessingStatus>${status}</ProcessingStatus><TnOptionGroups>${group}</TnOptionGroups><ErrorList>${list}</ErrorList></TnOptionOrder>`;
}

/** What is wrong with an order, in the API's own numbers; or what it is to change. */
function readOrder(root: Element): { code: number; description: string } | { changes: Partial<Options>; tns: string[] } {
  const wrong = (description: string) => ({ code: 1003, description });
  const [groups, ...more] = root.children.filter(({ name }) => name === 'TnOptionGroups');
  const stray = root.children.find(({ name }) => !['TnOptionGroups', 'CustomerOrderId'].includes(name));
  const customer = root.children.find(({ name }) => name === 'CustomerOrderId')?.text;
  if (root.name !== 'TnOptionOrder' || !groups || more.length > 0 || stray) return wrong('The order is not one of options');
  if (customer !== undefined && !/^[A-Za-z0-9 -]{1,40}$/.test(customer)) return wrong('CustomerOrderId is not valid');
  const [group, second] = groups.children;
  if (!group || second || group.name !== 'TnOptionGroup') return wrong('This stand-in takes one group');
  const changes: Partial<Options> = {};
  let tns: string[] = [];
  for (const { name, text: value, children } of group.children) {
    if (name === 'TelephoneNumbers') tns = children.filter((child) => child.name === 'TelephoneNumber').map((child) => child.text);
    else if (name === 'CallForward' && (TEN_DIGITS.test(value) || ALSO.includes(value))) changes.CallForward = value;
    else if (name === 'FinalDestinationURI' && (TEN_DIGITS.test(value) || FINAL.test(value) || ALSO.includes(value))) changes.FinalDestinationURI = value;
    else return { code: name === 'CallForward' ? 5080 : 1003, description: `${name} ${value} is not valid` };
  }
  if (tns.length === 0 || !tns.every((tn) => TEN_DIGITS.test(tn))) return wrong('Telephone numbers must have ten digits');
  return { changes, tns };
}

function takeOrder(book: Book, { body, headers }: Asked): RestAnswer {
  const type = headers['content-type'];
  if (typeof type !== 'string' || !/^application\/xml(?:;|$)/.test(type)) return refusal(415, 'TnOptionOrderResponse', 415, 'XML is expected');
  const parsed = parseXml(body);
  if ('fault' in parsed) return refusal(400, 'TnOptionOrderResponse', 1001, 'The XML is not valid');
  const order = readOrder(parsed.root);
  if ('code' in order) return refusal(400, 'TnOptionOrderResponse', order.code, order.description);
  return document(201, `<TnOptionOrderResponse>${orderElement(book.order(order.changes, order.tns))}</TnOptionOrderResponse>`);
}

function list(book: Book, account: string, { query }: Asked): RestAnswer {
  const stray = [...query.keys()].find((name) => !['page', 'size'].includes(name));
  const [size, page] = [Math.min(Number(query.get('size')), book.mostOfAPage), /^(?:1|p[0-9]+)$/.exec(query.get('page') ?? '')?.[0]];
  if (stray !== undefined || !(size >= 1) || Number(query.get('size')) > 500 || page === undefined) return refusal(400, 'TNs', 1014, 'Page and size are required');
  const from = page === '1' ? 0 : Number(page.slice(1));
  const all = book.numbers();
  const shown = all.slice(from, from + size);
  const link = (to: string, rel: string): string => `<${rel}>Link=&lt;https://dashboard.bandwidth.com:443/v1.0${account}/inserviceNumbers?size=${size}&amp;page=${to}&gt;;rel="${rel}";</${rel}>`;
  const links = link('1', 'first') + (from + size < all.length ? link(`p${from + size}`, 'next') : '');
  return document(200, `<TNs><TotalCount>${all.length}</TotalCount><Links>${links}</Links><TelephoneNumbers><Count>${shown.length}</Count>${shown.map(({ tn }) => `<TelephoneNumber>${tn}</TelephoneNumber>`).join('')}</TelephoneNumbers></TNs>`);
}

export interface RestOptions {
  book: Book;
  accountId: string;
  calls: CallsApi;
}

export function answer({ book, accountId, calls }: RestOptions, asked: Asked): RestAnswer {
  const { method, path } = asked;
  const [, voice, call] = new RegExp(`^/api/v2/accounts/${accountId}/(calls)(?:/(c-[0-9a-f-]+))?$`).exec(path) ?? [];
  if (voice !== undefined) return calls.answer(asked, call);
  const account = `/api/accounts/${accountId}`;
  if (path === `${account}/tnoptions`) return method === 'POST' ? takeOrder(book, asked) : { status: 405 };
  if (method !== 'GET') return { status: 405 };
  if (path === `${account}/inserviceNumbers`) return list(book, account, asked);
  const order = new RegExp(`^${account}/tnoptions/([0-9a-f-]+)$`).exec(path)?.[1];
  if (order !== undefined) {
    const found = book.look(order);
    return found ? document(200, orderElement(found)) : refusal(404, 'TnOptionOrderReportResponse', 404, 'The resource does not exist');
  }
  const tn = /^\/api\/tns\/([0-9]{10})\/tndetails$/.exec(path)?.[1];
  if (tn !== undefined) {
    const number = book.number(tn);
    return number ? details(number) : refusal(404, 'TelephoneNumberResponse', 1000, `Telephone Numbers ${tn} cannot be found on accounts`);
  }
  const [, site, peer, held] = new RegExp(`^${account}/sites/([0-9]+)/sippeers/([0-9]+)/tns/([0-9]{10})$`).exec(path) ?? [];
  const number = held === undefined ? undefined : book.number(held);
  if (number?.siteId === site && number?.peerId === peer && number) return atPeer(number);
  return refusal(404, 'SipPeerTelephoneNumberResponse', 13536, `Telephone number ${held ?? ''} does not exist on Account ${accountId}`);
}
