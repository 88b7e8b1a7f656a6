/** Reads Telnyx' resources strictly: what does not look like the one that was asked for is undefined, and never "nothing is set". */
import type { Routing } from '../api.ts';
import { member, textAt } from '../../domain/json.ts';
import { APPLICATION_FIELDS, CONNECTION, ENABLED, FORWARDS_TO, TYPE } from './fields.ts';

export interface VoiceSettings {
  number: string;
  /** Without the settings of its application. */
  routing: Routing;
}

export interface Application {
  id: string;
  friendlyName: string;
  profile: string;
  routing: Routing;
}

function forwardingOf(found: unknown): Routing | undefined {
  if (found === undefined || found === null) return { [ENABLED]: 'false', [TYPE]: '', [FORWARDS_TO]: '' };
  const enabled = member(found, 'call_forwarding_enabled');
  if (typeof enabled !== 'boolean') return undefined;
  const to = textAt(found, 'forwards_to') ?? '';
  // "`forwards_to` must be set for this to have an effect": a type that is left from before means nothing.
  return { [ENABLED]: String(enabled), [TYPE]: to === '' ? '' : (textAt(found, 'forwarding_type') ?? ''), [FORWARDS_TO]: to };
}

/** Of an element of `GET /v2/phone_numbers/voice`, which may lack the number. */
export function voiceRouting(data: unknown): Routing | undefined {
  const forwarding = forwardingOf(member(data, 'call_forwarding'));
  return forwarding && { [CONNECTION]: textAt(data, 'connection_id') ?? '', ...forwarding };
}

/** `GET /v2/phone_numbers/{id}/voice` */
export function voiceSettings(data: unknown, ref: string): VoiceSettings | undefined {
  const number = textAt(data, 'phone_number');
  const routing = voiceRouting(data);
  return textAt(data, 'id') !== ref || number === undefined || routing === undefined ? undefined : { number, routing };
}

/** `GET /v2/texml_applications/{id}`, and an element of the list of them. */
export function application(data: unknown): Application | undefined {
  const id = textAt(data, 'id');
  const friendlyName = textAt(data, 'friendly_name');
  if (id === undefined || friendlyName === undefined || textAt(data, 'voice_url') === undefined) return undefined;
  const routing = Object.fromEntries(APPLICATION_FIELDS.map((field) => [field, textAt(data, field) ?? '']));
  return { id, friendlyName, profile: textAt(data, 'outbound', 'outbound_voice_profile_id') ?? '', routing };
}
