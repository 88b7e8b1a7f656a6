/** `ringthrough receivers test`: does a message arrive? */
import type { Command } from 'commander';
import { action, part, show, type Context, type Shell } from '../context.ts';

async function test(context: Context, id: string): Promise<void> {
  const { text, body } = await context.client.ask<{ receiver: string; message: string }>('POST', `/v1/receivers/${part(id)}/test`);
  show(context, text, () => [`The test arrived at ${body.receiver} (${body.message}).`]);
}

export function addReceivers(program: Command, shell: Shell): void {
  program.command('receivers').description('who is told of diversions').command('test').description('send a receiver a test at once, and say whether it arrived').argument('<id>', 'id of the receiver').action(action(shell, test));
}
