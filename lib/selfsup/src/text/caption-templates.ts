/**
 * Sentences that a caption is put into, `{}` standing for it: what images are described with seldom is a bare noun, and
 * a model that has seen several sentences depends on none of them.
 *
 * @see Radford et al., "Learning transferable visual models from natural language supervision", 2021, arXiv:2103.00020,
 *   section 3.1.4: prompt engineering and ensembling.
 */
export const PHOTO_TEMPLATES: readonly string[] = [
  '{}',
  'a photo of a {}',
  'a blurry photo of a {}',
  'a small picture of the {}',
  'this is a {}',
];

/** The same for drawings. */
export const DRAWING_TEMPLATES: readonly string[] = [
  '{}',
  'a drawing of a {}',
  'a small icon of a {}',
  'a picture of the {}',
  'this means {}',
];

/**
 * Puts a caption into a template; `a` becomes `an` before a vowel.
 *
 * @example captionedBy('a photo of a {}', 'american elk') // 'a photo of an american elk'
 */
export function captionedBy(template: string, caption: string): string {
  const fitting = /^[aeiou]/i.test(caption) ? template.replace(/\ba \{\}/, 'an {}') : template;
  return fitting.replace('{}', () => caption);
}
