/** A GET over HTTP or HTTPS: status, and what is looked for in the body. Redirects are not followed. */
import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { HttpProbe, ProbeOutcome, ProbePlace } from '../../domain/probe.ts';
import { createAskerAt, outcomeOf, question, type Asker, type AskerDeps } from './asker.ts';
import type { Endpoint } from './name-lookup.ts';
import { certificateFault, pinnedTo, serverNameOf } from './stream-link.ts';

/** So much of a body is looked at, octets. */
const LONGEST_BODY = 65_536;

/** RFC 9110, 10.2.3: seconds. A date counts as soon. */
function retryAfter(answer: IncomingMessage): { retryAfterSeconds?: number } {
  const given = answer.headers['retry-after'];
  if (given === undefined) return {};
  return { retryAfterSeconds: /^\d{1,9}$/.test(given) ? Math.min(Number(given), 86_400) : 0 };
}

export function createHttpAsker({ probe, place, timeoutMs, names, system }: AskerDeps & { probe: HttpProbe; place: ProbePlace; timeoutMs: number }): Asker {
  const secure = place.over === 'tls';
  const agent = secure ? new HttpsAgent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 }) : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const url = new URL(probe.target);

  /** Of the one before, when its body has not ended yet: the next would wait behind it. */
  let unread: ClientRequest | undefined;

  function ask(at: Endpoint): Promise<ProbeOutcome> {
    unread?.destroy();
    return question(system, timeoutMs, ({ settle, elapsed, afterwards }) => {
      const options = {
        agent, method: 'GET', host: url.hostname.replace(/^\[|\]$/g, ''), port: at.port, path: url.pathname + url.search,
        headers: { host: url.host, accept: '*/*', 'user-agent': 'Ringthrough' },
        lookup: pinnedTo(at),
      };
      const request = secure ? requestHttps({ ...options, servername: serverNameOf(place.host), rejectUnauthorized: false }) : requestHttp(options);
      unread = request;
      let outcome: Extract<ProbeOutcome, { is: 'answered' }> | undefined;
      afterwards(() => {
        if (!outcome) request.destroy();
      });
      request.on('response', (answer) => {
        const fault = probe.certificate === 'ignore' ? undefined : certificateFault(answer.socket);
        const answered = { is: 'answered' as const, status: answer.statusCode ?? 0, ms: elapsed(), ...retryAfter(answer), ...(fault === undefined ? {} : { certificateFault: fault }) };
        outcome = answered;
        const wanted = probe.expectBody;
        let body = '';
        let octets = 0;
        answer.setEncoding('utf8');
        const enough = (): void => settle(wanted !== undefined && !body.includes(wanted) ? { ...answered, bodyWrong: true } : answered);
        answer.on('data', (part: string) => {
          octets += part.length;
          if (wanted !== undefined) body += part;
          if (octets <= LONGEST_BODY) return;
          enough();
          request.destroy();
        });
        answer.on('end', () => {
          unread = undefined;
          enough();
        });
        answer.on('close', () => settle({ is: 'closed' }));
        answer.on('error', (error) => settle(outcomeOf(error)));
        if (wanted === undefined) settle(answered);
      });
      request.on('error', (error) => settle(outcomeOf(error)));
      request.end();
    });
  }

  return createAskerAt({ place, usual: { port: secure ? 443 : 80 }, names, ask, close: () => agent.destroy() });
}
