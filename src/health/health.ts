/** Puts the parts of health together: what is seen, by whom, and where it is read. */
import { createEvidenceBoard, type EvidenceBoard } from './evidence-board.ts';
import { createIntake, type Intake, type IntakeOptions } from './intake/intake.ts';

export interface Health {
  board: EvidenceBoard;
  intake: Intake;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createHealth(options: IntakeOptions): Health {
  const board = createEvidenceBoard(options);
  const intake = createIntake({ ...options, board });
  return {
    board,
    intake,
    async start() {
      await board.start();
      intake.start();
    },
    async stop() {
      await intake.stop();
      await board.stop();
    },
  };
}
