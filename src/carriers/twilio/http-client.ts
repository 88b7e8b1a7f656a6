/** The SDK's HTTP client with our own address, time-outs and agents: none of it taken from the environment. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import twilio from 'twilio';
import { throttled } from './errors.ts';

/** The largest answer of this API, a page of numbers, is far below. */
const MAX_ANSWER_BYTES = 2_000_000;
const MAX_SOCKETS = 20;

export interface TwilioHttp {
  client: InstanceType<typeof twilio.RequestClient>;
  close(): void;
}

/** `https://api.twilio.com/2010-04-01/…` at another origin, under its path if it has one. */
export function atBase(url: string, baseUrl: string): string {
  const { pathname, search } = new URL(url);
  return baseUrl.replace(/\/+$/, '') + pathname + search;
}

export function createTwilioHttp(options: { baseUrl: string | undefined; timeoutMs: number }): TwilioHttp {
  const { baseUrl, timeoutMs } = options;
  // With `ca` given the SDK does not look for TWILIO_CA_BUNDLE; the agent it makes is replaced below, and with it HTTP_PROXY.
  const client = new twilio.RequestClient({ timeout: timeoutMs, keepAlive: true, autoRetry: false, ca: '' });
  const agents = [
    new HttpsAgent({ keepAlive: true, timeout: timeoutMs, maxSockets: MAX_SOCKETS }),
    new HttpAgent({ keepAlive: true, timeout: timeoutMs, maxSockets: MAX_SOCKETS }),
  ] as const;
  const { defaults, interceptors } = client.axios;
  [defaults.httpsAgent, defaults.httpAgent] = agents;
  defaults.maxContentLength = MAX_ANSWER_BYTES;
  interceptors.request.use((config) => {
    if (baseUrl !== undefined && config.url !== undefined) config.url = atBase(config.url, baseUrl);
    // axios' own time-out begins anew with each byte; this one is for the whole request.
    config.signal = AbortSignal.timeout(timeoutMs);
    return config;
  });
  interceptors.response.use((response) => {
    // Told here, for the SDK's exception does not keep the headers.
    if (response.status === 429) throw throttled(response.headers['retry-after']);
    return response;
  });
  return {
    client,
    close() {
      for (const agent of agents) agent.destroy();
    },
  };
}
