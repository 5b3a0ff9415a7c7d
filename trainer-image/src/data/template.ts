import { TrainerError } from '../errors.ts';

const field = /\{\{\s*([\p{L}\p{N}_.-]+)\s*\}\}/gu;

/**
 * A prompt template cut right before the answer. Spaces before the answer belong to the answer's first token, so they are
 * cut off here; names lose the spaces inside their braces. Fails with InvalidSpec when text follows {{answer}}: the model would have to write it too.
 */
export function promptPart(template: string): string {
  const [before = '', after, ...more] = template.split(/\{\{\s*answer\s*\}\}/u);
  if (more.length > 0 || (after ?? '').trim() !== '')
    throw new TrainerError(
      'InvalidSpec',
      'data.prompt: a template ends right before the answer or with {{answer}}; remove what follows it.',
    );
  return before.replace(/ +$/, '').replaceAll(field, '{{$1}}');
}

/** Puts fields into a template; fails with InvalidSpec when `place` has no such field. */
export function fillTemplate(template: string, fields: Readonly<Record<string, string>>, place: string): string {
  return template.replaceAll(field, (_, name: string) => {
    if (Object.hasOwn(fields, name)) return fields[name]!;
    throw new TrainerError(
      'InvalidSpec',
      `data.prompt: a template asks for {{${name}}}, which ${place} does not have; it has ${Object.keys(fields).join(', ')}.`,
    );
  });
}
