/** "1 trial", "3 trials". @param what one of them. */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
