/** It answers, by calls, probes or heartbeat, and nothing speaks against it. */
import type { Finding } from '../../src/domain/diagnosis.ts';
import { answering } from './answering.ts';
import { told, type View } from './view.ts';

export function healthy(view: View): Finding | undefined {
  const group = answering(view);
  return group && { is: 'healthy', because: `it answers: ${told(view.now, group)}` };
}
