/** Sends one webhook as Twilio does: signed, with its connection overrides and retries, and written into the transcript. */
import { exchange, type HttpOutcome } from '../exchange.ts';
import { splitOverrides, type Overrides } from './overrides.ts';
import { sign, urlToSign, type FormParams } from './signature.ts';
import type { Scribe, WebhookKind, WebhookRecord, WebhookResponse } from './transcript.ts';
import type { Deliver, World } from './world.ts';

export interface Webhook {
  kind: WebhookKind;
  callSid: string;
  /** Absolute, perhaps with overrides in its fragment. */
  url: string;
  method: 'GET' | 'POST';
  params: FormParams;
}

/** Undefined when something between dropped it. */
export async function sendWebhook(world: World, scribe: Scribe, webhook: Webhook, deliver: Deliver | undefined): Promise<WebhookRecord | undefined> {
  const prepared = prepare(world, scribe, webhook);
  const send = async () => {
    const record = await transmit(world, scribe, prepared);
    scribe.transcript.webhooks.push(record);
    const facts = { kind: webhook.kind, url: prepared.url, status: record.response?.status, tookMs: record.tookMs };
    const isCallback = webhook.kind === 'status' || webhook.kind === 'recording-status';
    const callStatus = webhook.params['CallStatus'];
    scribe.step(isCallback ? { what: 'callback', ...facts, ...(typeof callStatus === 'string' ? { callStatus } : {}) } : { what: 'webhook', ...facts, attempts: record.attempts });
    return record;
  };
  if (!deliver) return send();
  return (await deliver({ kind: webhook.kind, callSid: webhook.callSid, url: prepared.url, params: webhook.params }, send)) ?? undefined;
}

interface Prepared {
  webhook: Webhook;
  url: string;
  signature: string;
  headers: Record<string, string>;
  body: string;
  overrides: Overrides;
}

function prepare(world: World, scribe: Scribe, webhook: Webhook): Prepared {
  const { url: bare, overrides, problems } = splitOverrides(webhook.url);
  for (const problem of problems) scribe.violation(11240, `Connection override: ${problem}`, webhook.url);
  const form = encodeForm(webhook.params);
  const isGet = webhook.method === 'GET';
  const url = new URL(isGet && form !== '' ? `${bare}${bare.includes('?') ? '&' : '?'}${form}` : bare).href;
  const signature = sign(world.authToken(), urlToSign(url, world.signedPort), isGet ? {} : webhook.params);
  const body = isGet ? '' : form;
  const headers: Record<string, string> = {
    'X-Twilio-Signature': signature, 'I-Twilio-Idempotency-Token': world.random.bytes(16).toString('hex'), 'User-Agent': 'TwilioProxy/1.1', Accept: '*/*', 'Cache-Control': 'max-age=259200',
  };
  if (!isGet) Object.assign(headers, { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8', 'Content-Length': String(Buffer.byteLength(body)) });
  return { webhook, url, signature, headers, body, overrides };
}

async function transmit(world: World, scribe: Scribe, prepared: Prepared): Promise<WebhookRecord> {
  const { webhook, url, signature, headers, body, overrides } = prepared;
  const at = scribe.elapsed();
  const left = () => overrides.tt - (scribe.elapsed() - at);
  let attempts = 0;
  let outcome: HttpOutcome;
  do {
    attempts += 1;
    const budget = Math.max(1, left());
    outcome = await exchange(world.timers, world.origins, {
      method: webhook.method, url, headers, body, connectMs: Math.min(overrides.ct, budget), readMs: Math.min(overrides.rt, budget),
    });
  } while (attempts <= overrides.rc && left() > 0 && isRetried(outcome, overrides));
  const { response, failure } = read(outcome);
  return {
    kind: webhook.kind, callSid: webhook.callSid, at, tookMs: scribe.elapsed() - at, method: webhook.method, configuredUrl: webhook.url, url, params: webhook.params,
    signature, headers, body, attempts, response, failure,
  };
}

function isRetried(outcome: HttpOutcome, { rp }: Overrides): boolean {
  const what = outcome.is === 'failed' ? outcome.at : outcome.reply.status >= 500 ? '5xx' : outcome.reply.status >= 400 ? '4xx' : undefined;
  return what !== undefined && (rp.includes(what) || rp.includes('all'));
}

function read(outcome: HttpOutcome): { response: WebhookResponse | undefined; failure: { code: number; detail: string } | undefined } {
  if (outcome.is === 'failed') return { response: undefined, failure: { code: outcome.at === 'ct' ? 11205 : 11200, detail: outcome.detail } };
  const { status, headers, body } = outcome.reply;
  const contentType = headers['content-type'];
  return { response: { status, contentType: typeof contentType === 'string' ? contentType : '', body: body.toString('utf8'), bytes: body.length }, failure: undefined };
}

/** `application/x-www-form-urlencoded`: a list becomes a repeated key. */
export function encodeForm(params: FormParams): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) for (const one of typeof value === 'string' ? [value] : value) form.append(name, one);
  return form.toString();
}

/** Sends a recorded webhook once more, octet by octet: a replay. */
export async function resendWebhook(world: World, record: WebhookRecord): Promise<WebhookResponse | undefined> {
  const { overrides } = splitOverrides(record.configuredUrl);
  const { method, url, headers, body } = record;
  return read(await exchange(world.timers, world.origins, { method, url, headers, body, connectMs: overrides.ct, readMs: overrides.rt })).response;
}
