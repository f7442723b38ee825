/** Learning rates to try first, of methods whose steps hardly depend on how long a gradient is. */
export const SMALL_RATES = [0.01, 0.003, 0.001, 0.0003];
/** Multiples of what was learned. */
export const MULTIPLES = [3, 1, 0.3, 0.1];
