/** A mail server that takes what a strict one takes (RFC 5321, RFC 5322), keeps it, and fails on demand. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface Mail {
  from: string;
  to: readonly string[];
  /** By lower-case name, unfolded. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

export interface MailServer {
  /** `smtp://127.0.0.1:PORT`. */
  readonly url: string;
  readonly mails: readonly Mail[];
  /** What was said that no client may say. */
  readonly faults: readonly string[];
  /** The next so many mails are answered 451. */
  refuseNext(count: number): void;
  close(): Promise<void>;
}

const MAX_LINE = 1000;
const PATH = /^(MAIL FROM|RCPT TO):<([^<>\s]+@[^<>\s]+)>(?: [A-Z0-9]+(?:=\S+)?)*$/i;

function read(data: string): Pick<Mail, 'headers' | 'text'> {
  const [head = '', ...rest] = data.split('\r\n\r\n');
  const headers = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line): [string, string] => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return { headers: Object.fromEntries(headers), text: rest.join('\r\n\r\n') };
}

export async function createMailServer(): Promise<MailServer> {
  const mails: Mail[] = [];
  const faults: string[] = [];
  const sockets = new Set<Socket>();
  let refusals = 0;

  function converse(socket: Socket): void {
    let greeted = false;
    let from: string | undefined;
    let to: string[] = [];
    let data: string[] | undefined;
    let rest = '';
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const wrong = (line: string, code: number): void => {
      faults.push(line.slice(0, 100));
      say(`${code} no`);
    };

    function take(): void {
      const { headers, text } = read((data ?? []).map((line) => line.replace(/^\./, '')).join('\r\n'));
      data = undefined;
      for (const name of ['from', 'to', 'date', 'message-id', 'subject', 'mime-version']) if (!headers[name]) faults.push(`no ${name}`);
      if (refusals > 0) {
        refusals -= 1;
        say('451 try again later');
      } else {
        mails.push({ from: from ?? '', to, headers, text });
        say('250 taken');
      }
      [from, to] = [undefined, []];
    }

    function command(line: string): void {
      const [, verb = '', address] = PATH.exec(line) ?? [];
      if (/^(EHLO|HELO) \S+$/i.test(line)) {
        greeted = true;
        return say(line.toUpperCase().startsWith('EHLO') ? '250-mail.example.net\r\n250 SIZE 1000000' : '250 mail.example.net');
      }
      if (/^QUIT$/i.test(line)) return void socket.end('221 bye\r\n');
      if (/^RSET$/i.test(line)) {
        [from, to] = [undefined, []];
        return say('250 ok');
      }
      if (!greeted) return wrong(line, 503);
      if (address !== undefined && verb.toUpperCase() === 'MAIL FROM' && from === undefined) {
        from = address;
        return say('250 ok');
      }
      if (address !== undefined && verb.toUpperCase() === 'RCPT TO' && from !== undefined) {
        to.push(address);
        return say('250 ok');
      }
      if (/^DATA$/i.test(line) && to.length > 0) {
        data = [];
        return say('354 go on');
      }
      return wrong(line, from === undefined ? 503 : 500);
    }

    say('220 mail.example.net ESMTP');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      rest += chunk.toString('utf8');
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end).replace(/\r$/, '');
        // A bare line feed ends nothing (RFC 5321, 2.3.8).
        if (!rest.slice(0, end).endsWith('\r') || line.length > MAX_LINE - 2) faults.push('a line that is none');
        rest = rest.slice(end + 1);
        if (!data) command(line);
        else if (line === '.') take();
        else data.push(line);
      }
    });
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    converse(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    faults,
    refuseNext(count) {
      refusals = count;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
