import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realRandom, realTimers } from '../../stand-ins/outside.ts';
import { startInvite } from '../../stand-ins/sip/invite.ts';
import { compileStandIns, type Compiled } from './compiled.ts';

let compiled: Compiled;
beforeAll(() => { compiled = compileStandIns(); });
afterAll(() => { compiled.remove(); });

function start() {
  const child = spawn(process.execPath, [compiled.path('stand-ins/pbx/main.js'), '{"talkMs":50}'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => JSON.parse(String((await lines.next()).value)) as { port?: number };
  return { child, line, exit: once(child, 'exit') };
}

const call = (port: number) => startInvite({ timers: realTimers, random: realRandom, to: { host: '127.0.0.1', port }, uri: 'sip:100@pbx', fromUser: 'a' }).result;

describe('the stand-in PBX as a process', () => {
  it('takes calls, changes on a word, and ends with its input', async () => {
    const { child, line, exit } = start();
    const { port = 0 } = await line();
    expect((await call(port)).is).toBe('answered');
    expect(await line()).toMatchObject({ call: { to: '100', met: 'up' } });
    child.stdin.write('nonsense\n{"behaviour":"refusing"}\n');
    expect([await line(), await line()]).toEqual([{ error: 'Not a behaviour', line: 'nonsense' }, { behaviour: 'refusing' }]);
    expect(await call(port)).toMatchObject({ is: 'rejected', status: 503 });
    child.stdin.end();
    expect(await exit).toEqual([0, null]);
  });

  it('is unreachable at once when it has been killed', async () => {
    const { child, line, exit } = start();
    const { port = 0 } = await line();
    child.kill('SIGKILL');
    await exit;
    expect(await call(port)).toEqual({ is: 'unreachable' });
  });
});
