/** Puts the parts of health together: what is seen, by whom, what is made of it, and where it is read. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { thresholdsOf } from '../domain/health-policy.ts';
import { createSnapshotFile } from '../spool/snapshot-file.ts';
import { createAutomation, type Automation, type AutomationOptions } from './automation.ts';
import { createCallEvidence, type CallEvidence } from './call-evidence.ts';
import { createEvidenceBoard, type EvidenceBoard } from './evidence-board.ts';
import { createIntake, type Intake, type IntakeOptions } from './intake/intake.ts';
import { createKeptHabits } from './kept-habits.ts';
import { createProbes, type Probes, type ProbesOptions } from './probes/probes.ts';

export interface Health {
  board: EvidenceBoard;
  intake: Intake;
  probes: Probes;
  calls: CallEvidence;
  automation: Automation;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type HealthOptions = IntakeOptions & Omit<ProbesOptions, 'board' | 'self'> & AutomationOptions & { settings: Pick<Settings, 'DATA_DIR'> };

export function createHealth(options: HealthOptions): Health {
  const { policyFile, system } = options;
  /** As the sources of this process name it. */
  const self = `${hostname().slice(0, 40)}-${system.random.bytes(3).toString('hex')}`;
  const board = createEvidenceBoard(options);
  const intake = createIntake({ ...options, board });
  const probes = createProbes({ ...options, self, board });
  const calls = createCallEvidence({ self, board, system, thresholds: (primary) => thresholdsOf(policyFile.current.health, primary) });
  const habits = createKeptHabits({ file: createSnapshotFile(join(options.settings.DATA_DIR, 'habits')), calls, timers: system.timers, log: options.log });
  const automation = createAutomation(options, board, { self, sight: () => ({ [self]: probes.sight }), tried: calls.tried });
  return {
    board,
    intake,
    probes,
    calls,
    automation,
    async start() {
      await Promise.all([board.start(), habits.start()]);
      intake.start();
      probes.start();
      calls.start();
      automation.start();
    },
    async stop() {
      await automation.stop();
      calls.stop();
      await habits.stop();
      probes.stop();
      await intake.stop();
      await board.stop();
    },
  };
}
