/** One keep-alive HTTP/1.1 connection that asks and waits, as light as it can be: what is measured is the other side. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Reply {
  status: number;
  body: string;
}

export interface Connection {
  /** `request` is a whole request as it goes over the wire; the next may be sent when this one is answered. */
  ask(request: string): Promise<Reply>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';

/** The first answer in a text, and how long it is; undefined while it is not complete. */
function firstReply(text: string): { reply: Reply; length: number } | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const bodyAt = headEnd + HEAD_END.length;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  if (text.length < bodyAt + length) return undefined;
  return { reply: { status: Number(text.slice(9, 12)), body: text.slice(bodyAt, bodyAt + length) }, length: bodyAt + length };
}

export async function openConnection(port: number): Promise<Connection> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.setEncoding('latin1');
  let text = '';
  let waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  socket.on('data', (chunk: string) => {
    text += chunk;
    const found = firstReply(text);
    if (!found) return;
    text = text.slice(found.length);
    waiting?.resolve(found.reply);
  });
  socket.on('close', () => waiting?.reject(new Error('the connection was closed')));
  socket.on('error', (error) => waiting?.reject(error));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** A request as it goes over the wire. */
export function requestText(method: string, path: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': String(Buffer.byteLength(body)) }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
