/** Puts the parts of health together: what is seen, by whom, and where it is read. */
import { createEvidenceBoard, type EvidenceBoard } from './evidence-board.ts';
import { createIntake, type Intake, type IntakeOptions } from './intake/intake.ts';
import { createProbes, type Probes, type ProbesOptions } from './probes/probes.ts';

export interface Health {
  board: EvidenceBoard;
  intake: Intake;
  probes: Probes;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createHealth(options: IntakeOptions & Omit<ProbesOptions, 'board'>): Health {
  const board = createEvidenceBoard(options);
  const intake = createIntake({ ...options, board });
  const probes = createProbes({ ...options, board });
  return {
    board,
    intake,
    probes,
    async start() {
      await board.start();
      intake.start();
      probes.start();
    },
    async stop() {
      probes.stop();
      await intake.stop();
      await board.stop();
    },
  };
}
