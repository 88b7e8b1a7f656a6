/** Real SIP servers as processes of their own, from Debian's packages `kamailio`, `sip-tester` (SIPp) and `baresip-core`, to be killed and stopped by tests. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { freePorts } from '../support/redis-node.ts';

export interface RealPeer {
  port: number;
  /** To the whole program, all its processes. */
  signal(signal: NodeJS.Signals): void;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Whether nobody has the port, over UDP and TCP. */
async function isFree(port: number): Promise<boolean> {
  const stream = createServer().listen(port, '127.0.0.1');
  const datagrams = createSocket('udp4').bind(port, '127.0.0.1');
  const bound = await Promise.allSettled([once(stream, 'listening'), once(datagrams, 'listening')]);
  stream.close();
  datagrams.close();
  return bound.every(({ status }) => status === 'fulfilled');
}

/** A port for SIP; the one after it, at which baresip listens for TLS, is free too. */
async function freeSipPort(): Promise<number> {
  for (;;) {
    const [port = 0] = await freePorts(1);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

async function run(program: string, args: (port: number, dir: string) => string[], files: (port: number) => Record<string, string>, given?: number): Promise<RealPeer> {
  const port = given ?? (await freeSipPort());
  const dir = await mkdtemp(join(tmpdir(), 'rt-sip-'));
  for (const [name, text] of Object.entries(files(port))) await writeFile(join(dir, name), text);
  // A group of its own: Kamailio's children go on answering when their parent alone is killed.
  const child = spawn(program, args(port, dir), { cwd: dir, detached: true, stdio: 'ignore', env: { PATH: `${process.env.PATH}:/usr/sbin`, TERM: 'xterm' } });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid ?? 0), name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const kill = async (): Promise<void> => {
    signal('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  });
  return { port, signal, kill };
}

/** A Kamailio that answers whatever it is asked with 200, over UDP and TCP. */
export function startKamailio(port?: number): Promise<RealPeer> {
  const config = (at: number): string => ['#!KAMAILIO', 'debug=-1', 'children=1', 'tcp_children=1', 'auto_aliases=no', `listen=udp:127.0.0.1:${at}`, `listen=tcp:127.0.0.1:${at}`, 'loadmodule "sl.so"', 'request_route {', '  sl_send_reply("200", "OK");', '}', ''].join('\n');
  return run('kamailio', (_at, dir) => ['-DD', '-f', join(dir, 'kamailio.cfg'), '-m', '16', '-M', '4', '-w', dir, '-Y', dir], (at) => ({ 'kamailio.cfg': config(at) }), port);
}

/** A SIPp that answers each OPTIONS so; `headers` are lines of their own. */
export function startSipp(status: string, headers: readonly string[] = [], port?: number): Promise<RealPeer> {
  const answer = [`SIP/2.0 ${status}`, '[last_Via:]', '[last_From:]', '[last_To:];tag=[pid]SIPpTag[call_number]', '[last_Call-ID:]', '[last_CSeq:]', ...headers, 'Content-Length: 0', '', ''].join('\n');
  const scenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="answers OPTIONS">\n<recv request="OPTIONS"/>\n<send><![CDATA[\n${answer}\n]]></send>\n</scenario>\n`;
  return run('sipp', (at, dir) => ['-sf', join(dir, 'answer.xml'), '-i', '127.0.0.1', '-mi', '127.0.0.1', '-p', String(at), '-nostdin', '-timeout', '120', '-timeout_error'], () => ({ 'answer.xml': scenario }), port);
}

/** A baresip with an account that nobody asks for: it answers 404 over UDP and TCP, and over TLS at the next port. */
export function startBaresip(port?: number): Promise<RealPeer> {
  const now = Date.now();
  const { cert, key } = makeCertificate(now - 3_600_000, now + 3_600_000);
  const config = (at: number): string => [`sip_listen 127.0.0.1:${at}`, 'net_interface 127.0.0.1', 'sip_certificate certificate.pem', 'module_path /usr/lib/baresip/modules', 'module_app account.so', ''].join('\n');
  return run('baresip', (_at, dir) => ['-f', dir], (at) => ({ config: config(at), accounts: '<sip:desk@127.0.0.1>;regint=0\n', contacts: '', 'certificate.pem': `${cert}${key}` }), port);
}
