/** Something whose steps are timed beside those of others. */
export interface Contestant {
  /** Runs steps and gives the milliseconds of each. */
  run(steps: number): number[] | Promise<number[]>;
  /** Steps of a block. */
  readonly steps: number;
  /** Blocks that it takes part in; absent: all. */
  readonly most?: number;
}

/** Times contestants in blocks that take turns, so that what else the machine does disturbs all alike.
 *  @param onBlock is given every contestant's times after each round; its number begins at 0. */
export async function inBlocks<Who extends Contestant>(
  contestants: readonly Who[],
  blocks: number,
  onBlock: (who: Who, times: readonly number[], block: number) => void,
): Promise<void> {
  for (let block = 0; block < blocks; block++)
    for (const who of contestants) if (block < (who.most ?? blocks)) onBlock(who, await who.run(who.steps), block);
}
