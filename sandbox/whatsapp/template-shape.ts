import { z } from 'zod';

const buttonSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  url: z.string().optional(),
});

const componentSchema = z.looseObject({
  type: z.string(),
  format: z.string().optional(),
  text: z.string().optional(),
  buttons: z.array(buttonSchema).optional(),
});

/** What a creation request carries, as far as the sandbox looks into it. */
export const templateDraftSchema = z.object({
  name: z.string(),
  language: z.string(),
  category: z.enum(['AUTHENTICATION', 'MARKETING', 'UTILITY']),
  parameter_format: z.enum(['POSITIONAL', 'NAMED']).optional(),
  components: z.array(componentSchema),
  status: z.enum(['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED']).optional(),
});

export const templateSchema = templateDraftSchema.extend({
  id: z.string(),
  wabaId: z.string(),
  status: z.enum(['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED']),
});

export type TemplateDraft = z.infer<typeof templateDraftSchema>;
export type Template = z.infer<typeof templateSchema>;
export type TemplateComponent = z.infer<typeof componentSchema>;

/** Names of the variables in a text, in order, each once: `{{1}}` gives `1`, `{{city}}` `city`. */
export function variablesIn(text: string): string[] {
  const names = [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] ?? '');
  return [...new Set(names)];
}

export function componentOf(template: TemplateDraft, type: string): TemplateComponent | undefined {
  return template.components.find((component) => component.type.toUpperCase() === type);
}
