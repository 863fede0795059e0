import type { z } from 'zod';

/** Reads a table and checks its form. */
export type Load = <T>(file: string, schema: z.ZodType<T>) => T;

/** Writes a generated file of the project. */
export type Write = (path: string, text: string) => void;
