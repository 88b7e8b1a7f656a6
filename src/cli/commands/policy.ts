/** `ringthrough policy check`: is a policy file usable? Asks no service. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readPolicy, toldFaults } from '../../config/read-policy.ts';
import { SHIPPED_POLICY_FILE, shippedPolicy } from '../../config/policy-file.ts';
import { action, emit, type Context, type Shell } from '../context.ts';
import { EXIT, type Exit } from '../exits.ts';
import { fileFault } from '../files.ts';
import { complain, say } from '../io.ts';
import { counted } from '../layout.ts';

async function check({ io, json }: Context, file: string = SHIPPED_POLICY_FILE): Promise<Exit> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileFault(file, error);
  }
  const read = readPolicy(text, shippedPolicy());
  const faults = 'faults' in read ? read.faults : [];
  if (json) emit({ io }, JSON.stringify({ file, usable: faults.length === 0, faults }));
  else if (faults.length === 0) say(io, `${file} is a policy that can be used.`);
  else complain(io, ...toldFaults(file, faults), `${file} cannot be used: ${counted(faults.length, 'fault')}. A service that has it goes on with its last good one.`);
  return faults.length === 0 ? EXIT.ok : EXIT.usage;
}

export function addPolicy(program: Command, shell: Shell): void {
  program
    .command('policy')
    .description('the policy file')
    .command('check')
    .description('is a policy file usable, and if not, in which lines and why; asks no service')
    .argument('[file]', 'the file; without one, the policy that comes with the program')
    .action(action(shell, check));
}
