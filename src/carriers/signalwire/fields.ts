/** The names under which the settings of a SignalWire number and application are kept: those of its Twilio-compatible API, and which handler has the calls. */
import type { Routing } from '../api.ts';

/** Of numbers and applications alike: our name, and the API's in answers; in a form it begins with a capital. */
export const VOICE_FIELDS = ['voiceUrl', 'voiceMethod', 'voiceFallbackUrl', 'voiceFallbackMethod', 'statusCallback', 'statusCallbackMethod'] as const;
export const NUMBER_FIELDS = [...VOICE_FIELDS, 'voiceApplicationSid'] as const;
export const [, , , , , , APPLICATION] = NUMBER_FIELDS;

/**
 * What has a number's calls when it is neither an address nor an application of the compatible API, which is empty then: the word of the
 * native API, and what of that kind. Such numbers are assigned to a resource in the dashboard.
 */
export const HANDLER = 'callHandler';
export const HANDLED_BY = 'callHandlerTarget';

/** Words of the native API for what the compatible one shows itself. */
export const COMPATIBLE_HANDLERS: readonly string[] = ['laml_webhooks', 'laml_application'];

/** In which field of the native API each handler says what it is (github.com/signalwire/signalwire-typescript, PhoneCallHandler). */
export const HANDLER_FIELDS: Readonly<Record<string, string>> = {
  relay_script: 'call_relay_script_url', relay_application: 'call_relay_application', relay_topic: 'call_relay_topic', relay_context: 'call_relay_context', relay_connector: 'call_relay_connector_id',
  relay_sip_endpoint: 'call_sip_endpoint_id', ai_agent: 'call_ai_agent_id', call_flow: 'call_flow_id', video_room: 'call_video_room_id', dialogflow: 'call_dialogflow_agent_id',
};

/** Before the id of an application where it is a ref: ids of numbers look the same. */
export const APPLICATION_REF = 'applications/';

/** `voiceUrl` is `voice_url`. */
export const inAnswers = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** `voiceUrl` is `VoiceUrl`. */
export const inForms = (field: string): string => field.charAt(0).toUpperCase() + field.slice(1);

/** Something else than an address or an application of the compatible API has the calls. */
export function isHandledElsewhere(routing: Routing): boolean {
  return (routing[HANDLER] ?? '') !== '';
}
