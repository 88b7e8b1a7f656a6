/** Bandwidth's order for the options of a number as a plain request (https://dev.bandwidth.com/docs/numbers/guides/manage-inventory/applyTnOptionsAndFeatures/). */
import type { CarrierAccount, Routing } from '../api.ts';
import { refused, type CarrierRequest } from '../http.ts';
import type { PlainApi } from '../plain-api.ts';
import { xml } from '../xml.ts';
import { OPTION_FIELDS } from './routing.ts';

const BASE = 'https://dashboard.bandwidth.com/api';
const XML = 'application/xml; charset=utf-8';
export const NUMBER = /^[2-9][0-9]{9}$/;
/** What sets an option to nothing. */
const NOTHING = 'systemDefault';

export const ordersPath = (accountId: string): string => `/accounts/${encodeURIComponent(accountId)}/tnoptions`;
export const detailsPath = (ref: string): string => `/tns/${ref}/tndetails`;

/** Carried out later: the answer names the order. */
export function optionOrder(accountId: string, ref: string, fields: Routing): CarrierRequest {
  if (!NUMBER.test(ref)) throw refused('Bandwidth', 'no such number', 'carrier_number_unknown');
  const options = OPTION_FIELDS.flatMap((field) => (fields[field] === undefined ? [] : [`<${field}>${xml(fields[field] || NOTHING)}</${field}>`]));
  const group = `<TnOptionGroup>${options.join('')}<TelephoneNumbers><TelephoneNumber>${ref}</TelephoneNumber></TelephoneNumbers></TnOptionGroup>`;
  const body = `<TnOptionOrder><CustomerOrderId>ringthrough</CustomerOrderId><TnOptionGroups>${group}</TnOptionGroups></TnOptionOrder>`;
  return { method: 'POST', path: ordersPath(accountId), headers: { 'content-type': XML }, body };
}

export function plainBandwidth({ credentials: { accountId = '', username = '' }, baseUrl = BASE }: Pick<CarrierAccount, 'credentials' | 'baseUrl'>): PlainApi {
  return {
    baseUrl,
    headers: { accept: 'application/xml' },
    auth: { by: 'basic', user: username, secret: 'password' },
    write: (ref, fields) => [optionOrder(accountId, ref, fields)],
    read: (ref) => ({ method: 'GET', path: detailsPath(ref) }),
    order: {
      before: '<OrderId>',
      path: `${ordersPath(accountId)}/`,
      done: '<ProcessingStatus>COMPLETE</ProcessingStatus>',
      working: '<ProcessingStatus>(RECEIVED|PROCESSING)</ProcessingStatus>',
    },
  };
}
