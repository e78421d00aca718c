// What a flag is, as data: parser, help and reference are made from it, and so is the type of its value. A command that asks
// for a flag which it does not declare, or takes a number for a text, does not compile. Nothing is parsed here.

/** One `--flag`. */
export interface Flag {
  /** `boolean` takes no value, or `true` / `false`; `integer` and `number` are checked when parsed. */
  readonly type: 'boolean' | 'string' | 'integer' | 'number';
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Values are also split at commas. */
  readonly list?: boolean;
  /** What stands for the value in the help, such as `FILE`. */
  readonly placeholder?: string;
  /** The only values accepted. */
  readonly choices?: readonly string[];
  readonly required?: boolean;
  /** One sentence, without the final full stop. */
  readonly help: string;
  /** Heading under which the help lists it; `Options` by default. */
  readonly group?: string;
  /** Name of the library's option in messages, where it is not the flag's own in camelCase. */
  readonly option?: string;
}

/** Flags by their kebab-case names, without the dashes, in the order of the help. */
export type Flags = Readonly<Record<string, Flag>>;

type ValueOf<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F['type'] extends 'string'
    ? F extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string
    : number;

/**
 * The values of flags by their names. A flag that was not given is `undefined`, so that defaults stay where they belong; of
 * one that repeats there are none.
 */
export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { readonly multiple: true }
    ? readonly ValueOf<F[Name]>[]
    : F[Name] extends { readonly required: true }
      ? ValueOf<F[Name]>
      : ValueOf<F[Name]> | undefined;
};

/** Flags that several commands share, with what is known of each kept in its type. */
export function defineFlags<const F extends Flags>(flags: F): F {
  return flags;
}

/** The same under one heading of the help. */
export function defineGroup<const F extends Flags>(group: string, flags: F): F {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, { ...flag, group }])) as F;
}

/** The flags but for some. */
export function withoutFlags<F extends Flags, Name extends string>(flags: F, names: readonly Name[]): Omit<F, Name> {
  const left = Object.entries(flags).filter(([name]) => !names.includes(name as Name));
  return Object.fromEntries(left) as unknown as Omit<F, Name>;
}

/** Names of flags, typed. */
export function flagNames<F extends Flags>(flags: F): (keyof F & string)[] {
  return Object.keys(flags);
}

/** Whether a flag with this value was given. */
export function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
