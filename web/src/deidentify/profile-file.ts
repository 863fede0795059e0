// A profile of one's own as JSON, for sites to share.
import { z } from 'zod';
import { tagOfKeyword } from '../../../shared/dicom/dictionary.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import { KNOWN_PROFILES } from './known-profiles.ts';
import { PROFILE_OPTIONS } from './options.ts';
import {
  actsUnderOwnRules,
  DEFAULT_PREFIX,
  rulesThatKeepMore,
  type OwnRule,
  type Profile,
} from './profile.ts';
import { ruleProblem } from './rule-problem.ts';

const ruleSchema = z.union([
  z.enum(['keep', 'remove', 'empty', 'dummy', 'clean', 'shift', 'map-uids']),
  z.strictObject({ value: z.string().max(1024) }),
]);

/** By keyword of PS3.6, or by tag as "(gggg,eeee)" or "ggggeeee". */
const attributesSchema = z.record(z.string(), ruleSchema).superRefine((attributes, context) => {
  const seen = new Set<TagNumber>();
  for (const [attribute, rule] of Object.entries(attributes)) {
    const tag = tagNamed(attribute);
    const message =
      tag === undefined
        ? 'There is no attribute of this keyword.'
        : seen.has(tag)
          ? 'It has a rule already, under its other name.'
          : ruleProblem(tag, ownRule(rule));
    if (tag !== undefined) seen.add(tag);
    if (message !== undefined) context.addIssue({ code: 'custom', path: [attribute], message });
  }
});

const ownRule = (rule: z.infer<typeof ruleSchema>): OwnRule =>
  typeof rule === 'string' ? { kind: rule } : { kind: 'value', value: rule.value };

const profileFileSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(64),
    /** What it builds on. */
    base: z.enum(['basic', 'cmr', 'xcelera']).default('basic'),
    options: z.array(z.enum(PROFILE_OPTIONS)).default([]),
    strict: z.boolean().optional(),
    /** In front of the letters that name a subject. */
    prefix: z
      .string()
      .max(40)
      .regex(/^[A-Za-z0-9_.-]*$/, 'Letters, digits, "_", "." and "-".')
      .optional(),
    attributes: attributesSchema.default({}),
  })
  .refine(
    ({ options }) =>
      !(
        options.includes('retain-longitudinal-full-dates') &&
        options.includes('retain-longitudinal-modified-dates')
      ),
    { path: ['options'], message: 'Dates are kept or moved, not both.' },
  )
  .refine(({ base, options }) => base === 'basic' || options.every(actsUnderOwnRules), {
    path: ['options'],
    message: 'Options change what the Basic Profile does: there is none to change here.',
  });

export type ProfileFile = z.infer<typeof profileFileSchema>;

function tagNamed(text: string): TagNumber | undefined {
  const hex = /^\(?([0-9a-f]{4}),?([0-9a-f]{4})\)?$/i.exec(text);
  if (hex) return parseInt(`${hex[1] ?? ''}${hex[2] ?? ''}`, 16);
  return tagOfKeyword(text);
}

/** @throws ProfileError what is wrong, and where */
export const parseProfile = (json: string): Profile => profileOf(parseProfileFile(json));

/** @throws ProfileError what is wrong, and where */
export function parseProfileFile(json: string): ProfileFile {
  let value: unknown;
  try {
    // Editors of some systems put a mark in front.
    value = JSON.parse(json.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new ProfileError(`It is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
  const parsed = profileFileSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ProfileError(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return parsed.data;
}

/** The attributes, as the file names them, for which a profile keeps more than the one it builds on. */
export function attributesKeepingMore(file: ProfileFile): string[] {
  const { rules } = KNOWN_PROFILES[file.base];
  const profile = profileOf(file);
  const tags = new Set(
    file.base === 'basic'
      ? rulesThatKeepMore(profile)
      : [...rules.keys()].filter((tag) => isKept(profile.rules.get(tag))),
  );
  return Object.keys(file.attributes).filter((attribute) => {
    const tag = tagNamed(attribute);
    return tag !== undefined && tags.has(tag);
  });
}

const isKept = (rule: OwnRule | undefined): boolean =>
  rule?.kind === 'keep' || rule?.kind === 'clean' || rule?.kind === 'shift';

export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

export function profileOf(file: ProfileFile): Profile {
  const base = KNOWN_PROFILES[file.base];
  const rules = new Map<TagNumber, OwnRule>(base.rules);
  for (const [attribute, rule] of Object.entries(file.attributes)) {
    const tag = tagNamed(attribute);
    if (tag === undefined) continue;
    rules.set(tag, ownRule(rule));
  }
  return {
    ...base,
    name: file.name,
    options: new Set(file.options),
    isStrict: file.strict ?? base.isStrict,
    rules,
    subject: { kind: 'keyed', prefix: file.prefix ?? DEFAULT_PREFIX },
  };
}
