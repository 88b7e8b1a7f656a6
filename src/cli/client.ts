/** Asks the service over its API. Every failure is a CliFault. */
import type { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';
import type { CliSettings } from '../config/cli-settings.ts';
import { CliFault, EXIT, usageFault } from './exits.ts';

export interface Reply<B> {
  status: number;
  /** The body as it came. */
  text: string;
  body: B;
}

export interface Asking {
  query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  json?: unknown;
  upload?: { type: string; body: Readable };
  headers?: Readonly<Record<string, string>>;
  /** Needs no key. */
  open?: boolean;
}

export interface Client {
  ask<B>(method: Dispatcher.HttpMethod, path: string, asking?: Asking): Promise<Reply<B>>;
  /** The body as it comes; a failure on the way destroys it with a CliFault. */
  download(path: string, asking: Asking & { accept: string }): Promise<Readable>;
  close(): Promise<void>;
}

interface Problem {
  code: string;
  detail?: string;
  title?: string;
  issues?: { at: string; detail: string }[];
}

/** A wiring may ask a slow carrier three times, each up to 5 s. */
const ANSWER_MS = 60_000;
const CONNECT_MS = 5000;

function originOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw usageFault(`${url} is not an address such as http://localhost:8080`);
  }
  if (!/^https?:$/.test(parsed.protocol)) throw usageFault(`${url} is not an http:// or https:// address`);
  // Node would leave them out; a key is how one is let in here.
  if (parsed.username !== '' || parsed.password !== '') throw usageFault('The address must not hold a user name or password');
  return parsed.origin + parsed.pathname.replace(/\/+$/, '');
}

function assertKey(key: string | undefined): string {
  if (key === undefined || key === '') throw new CliFault(EXIT.usage, 'no-key', 'No API key given');
  // Anything else cannot stand in a header.
  if (!/^[\x21-\x7e]+$/.test(key)) throw usageFault('The API key holds spaces or characters that no key has');
  return key;
}

/** The code of a system or undici error, else its words. */
function reasonOf(error: unknown): string {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message ?? error);
}

function unreachable(origin: string, error: unknown): CliFault {
  return error instanceof CliFault ? error : new CliFault(EXIT.unreachable, 'unreachable', `No usable answer from ${origin} (${reasonOf(error)})`);
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && typeof (body as Problem).code === 'string';
}

function refusal(origin: string, status: number, body: unknown, retryAfter: unknown): CliFault {
  if (!isProblem(body)) return new CliFault(EXIT.unreachable, 'not-ringthrough', `${origin} answered ${status}, and not as Ringthrough does`);
  const seconds = typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return new CliFault(EXIT.refused, body.code, body.detail ?? body.title ?? '', { issues: body.issues ?? [], retryAfterSeconds: seconds });
}

export function createClient({ url, key }: CliSettings): Client {
  const origin = originOf(url);
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS }, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });

  async function send(method: Dispatcher.HttpMethod, path: string, asking: Asking & { accept?: string }): Promise<Dispatcher.ResponseData> {
    const { query = {}, json, upload, headers, open, accept = 'application/json' } = asking;
    const authorization = open ? {} : { authorization: `Bearer ${assertKey(key)}` };
    const type = upload?.type ?? (json === undefined ? undefined : 'application/json');
    const search = String(new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]))));
    try {
      return await request(`${origin}${path}${search === '' ? '' : `?${search}`}`, {
        dispatcher,
        method,
        headers: { accept, ...authorization, ...(type === undefined ? {} : { 'content-type': type }), ...headers },
        ...(upload ? { body: upload.body } : json === undefined ? {} : { body: JSON.stringify(json) }),
      });
    } catch (error) {
      throw unreachable(origin, error);
    }
  }

  async function textOf({ body }: Dispatcher.ResponseData): Promise<string> {
    try {
      return await body.text();
    } catch (error) {
      throw unreachable(origin, error);
    }
  }

  return {
    async ask<B>(method: Dispatcher.HttpMethod, path: string, asking: Asking = {}): Promise<Reply<B>> {
      const response = await send(method, path, asking);
      const text = await textOf(response);
      const body = parsed(text);
      const good = response.statusCode >= 200 && response.statusCode < 300;
      if (!good || (body === undefined && response.statusCode !== 204)) throw refusal(origin, response.statusCode, body, response.headers['retry-after']);
      return { status: response.statusCode, text, body: body as B };
    },
    async download(path, asking) {
      const response = await send('GET', path, asking);
      const type = String(response.headers['content-type']);
      if (response.statusCode !== 200 || !type.startsWith(asking.accept)) throw refusal(origin, response.statusCode, parsed(await textOf(response)), undefined);
      return response.body;
    },
    // What is still open belongs to a command that has failed.
    close: () => dispatcher.destroy(),
  };
}
