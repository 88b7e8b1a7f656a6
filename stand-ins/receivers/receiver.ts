/**
 * Who receives messages over HTTP, as strict as those that it stands for: a webhook that checks signatures (Standard Webhooks 1.0.0), Slack's incoming
 * webhooks, and Microsoft Teams with workflows and with connectors.
 */
import { createRestServer, type Asked, type RestAnswer, type RestServer } from '../rest-server.ts';
import { signatureFault } from '../standard-webhooks.ts';

export interface HttpReceiver extends RestServer {
  /** Its signing secret. `/webhook`, `/slack`, `/teams` and `/connector` are where it receives. */
  readonly secret: string;
  /** What was taken, by its place and as JSON. */
  readonly taken: readonly { path: string; id: string; body: Record<string, unknown> }[];
  /** Done before each answer. */
  meanwhile: (() => void | Promise<void>) | undefined;
}

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const yes = (body: string): RestAnswer => ({ status: 200, body });
const no = (status: number, body: string): RestAnswer => ({ status, body });
type Post = Asked & { json: Record<string, unknown> };
const objects = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);

function webhook({ headers, body }: Post): RestAnswer {
  const fault = signatureFault(headers, body, SECRET);
  return fault === undefined ? { status: 204 } : no(fault === 'forged' ? 401 : 400, fault);
}

function slackBlock(block: Record<string, unknown>): boolean {
  const { type, text } = block as { type?: unknown; text?: { type?: unknown; text?: unknown } };
  const length = typeof text?.text === 'string' ? text.text.length : 0;
  if (type === 'header') return text?.type === 'plain_text' && length >= 1 && length <= 150;
  if (type === 'section') return text?.type === 'mrkdwn' && length >= 1 && length <= 3000;
  return type === 'context' && objects(block['elements']).length > 0;
}

function slack({ json }: Post): RestAnswer {
  const blocks = objects(json['blocks']);
  if (typeof json['text'] !== 'string' || json['text'] === '') return no(400, 'no_text');
  return blocks.length <= 50 && blocks.every(slackBlock) ? yes('ok') : no(400, 'invalid_blocks');
}

function teams({ json, body }: Post): RestAnswer {
  const [attachment, ...more] = objects(json['attachments']);
  const content = attachment?.['content'] as Record<string, unknown> | undefined;
  const isCard = json['type'] === 'message' && more.length === 0 && attachment?.['contentType'] === 'application/vnd.microsoft.card.adaptive' && content?.['type'] === 'AdaptiveCard' && content['version'] === '1.4' && objects(content['body']).length > 0;
  if (Buffer.byteLength(body) > 28_000) return no(413, 'too large');
  return isCard ? { status: 202 } : no(400, 'not a card');
}

/** It answers 200 also to what is then not shown. */
function connector({ json }: Post): RestAnswer {
  const isCard = json['@type'] === 'MessageCard' && json['@context'] === 'https://schema.org/extensions' && (typeof json['summary'] === 'string' || typeof json['text'] === 'string');
  return isCard ? yes('1') : yes('Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 400');
}

const PLACES: Readonly<Record<string, (post: Post) => RestAnswer>> = { '/webhook': webhook, '/slack': slack, '/teams': teams, '/connector': connector };

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export async function createHttpReceiver(): Promise<HttpReceiver> {
  const taken: HttpReceiver['taken'][number][] = [];
  const hooks: Pick<HttpReceiver, 'meanwhile'> = { meanwhile: undefined };

  async function answer(asked: Asked): Promise<RestAnswer> {
    const json = objectIn(asked.body);
    const place = PLACES[asked.path];
    if (asked.path === '/elsewhere') return { status: 302, headers: { location: '/slack' } };
    if (place === undefined) return no(404, 'no such place');
    if (asked.method !== 'POST' || asked.headers['content-type'] !== 'application/json' || json === undefined) return no(400, 'not JSON');
    const verdict = place({ ...asked, json });
    if (verdict.status < 300) taken.push({ path: asked.path, id: String(asked.headers['webhook-id']), body: json });
    await hooks.meanwhile?.();
    return verdict;
  }

  const server = await createRestServer({ answer, throttled: (withWait) => ({ status: 429, ...(withWait ? { headers: { 'Retry-After': '1' } } : {}) }), broken: { status: 500, body: 'internal error' } });
  return {
    ...server,
    secret: SECRET,
    taken,
    get meanwhile() {
      return hooks.meanwhile;
    },
    set meanwhile(task) {
      hooks.meanwhile = task;
    },
  };
}
