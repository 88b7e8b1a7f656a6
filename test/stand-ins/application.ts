/** A customer's application in a few lines: answers webhooks with TwiML, and keeps what it was asked. Signatures are checked with Twilio's own code. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilioSdk from 'twilio';

export interface Asked {
  path: string;
  params: Record<string, string>;
  genuine: boolean;
  headers: IncomingMessage['headers'];
}

/** A string is TwiML; otherwise as said; `hang` never answers. */
export type Said = string | { status?: number; type?: string; body?: string };

export interface Application {
  origin: string;
  asked: readonly Asked[];
  /** Paths asked for, in order. */
  paths(): string[];
  last(path: string): Record<string, string>;
  close(): Promise<void>;
}

export async function createApplication(authToken: string, answers: Record<string, (params: Record<string, string>) => Said>): Promise<Application> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
      const params = Object.fromEntries(new URLSearchParams(body));
      const genuine = twilioSdk.validateRequest(authToken, String(request.headers['x-twilio-signature']), url.href, params);
      asked.push({ path: url.pathname, params: { ...Object.fromEntries(url.searchParams), ...params }, genuine, headers: request.headers });
      const said = answers[url.pathname]?.(params) ?? { status: 404 };
      if (said === 'hang') return undefined;
      const { status = 200, type = 'text/xml', body: text = '' } = typeof said === 'string' ? { body: said } : said;
      return response.writeHead(status, { 'Content-Type': type }).end(text);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    paths: () => asked.map(({ path }) => path),
    last: (path) => asked.findLast((one) => one.path === path)?.params ?? {},
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => { server.close(() => resolve()); });
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export const response = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`;
