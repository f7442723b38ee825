import type { Command } from "commander";

/** The flags that a command line was given, once more: those of the command and the global ones, environment included.
 *  @param without names of flags, like "--detach", that are left out. */
export function givenFlags(command: Command, without: readonly string[]): string[] {
  const owners = command.parent === null ? [command] : [command.parent, command];
  return owners.flatMap((owner) =>
    owner.options.flatMap((option) => {
      const name = option.attributeName();
      const flag = option.long!;
      const source = owner.getOptionValueSource(name);
      if ((source !== "cli" && source !== "env") || without.includes(flag)) return [];
      const value = owner.getOptionValue(name) as unknown;
      if (value === true) return [flag];
      return (Array.isArray(value) ? value : [value]).map((one) => `${flag}=${String(one)}`);
    }),
  );
}
