/** The stand-in PBX as a process of its own, so that a test can kill it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { closeAfterTest } from './rig.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/stand-ins/pbx/main.js');

export interface PbxProcess {
  port: number;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

/** `port` 0 takes a free one. */
export async function startPbxProcess(port = 0): Promise<PbxProcess> {
  if (!existsSync(PROGRAM)) throw new Error('The stand-in PBX is started from dist/, so build first: npm run build');
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ port, talkMs: 30, answerAfterMs: 5 })], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [first] = (await once(lines, 'line')) as [string];
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  closeAfterTest(kill);
  return { port: (JSON.parse(first) as { port: number }).port, kill };
}
