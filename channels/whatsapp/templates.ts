import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { graphUrl, jsonHeaders, readHeaders } from './account.ts';
import type { WhatsAppAccount } from './account.ts';
import { graphErrorOf, graphFailure, readJson } from './graph-failure.ts';

export interface TemplateListing {
  id: string;
  name: string;
  language: string;
  /** APPROVED, PENDING, REJECTED, PAUSED, DISABLED …: Meta adds to them. */
  status: string;
  category: string;
  quality: string | null;
  /** Placeholders that the body wants; null when the listing does not show it. */
  bodyParameters: number | null;
}

export interface TemplatePage {
  templates: TemplateListing[];
  /** Where the next page starts; null on the last one. */
  after: string | null;
}

export function buildListTemplates(
  account: WhatsAppAccount,
  page: { after?: string; limit?: number } = {},
): HttpRequest {
  const query = new URLSearchParams({
    fields: 'name,status,category,language,quality_score,components',
    limit: String(page.limit ?? 100),
    ...(page.after === undefined ? {} : { after: page.after }),
  });
  const path = `${encodeURIComponent(account.wabaId)}/message_templates?${query.toString()}`;
  return { method: 'GET', url: graphUrl(account, path), headers: readHeaders(account) };
}

const componentSchema = z.object({ type: z.string(), text: z.string().nullish() });

const listSchema = z.object({
  data: z.array(
    z.object({
      id: z.union([z.string(), z.number()]).transform(String),
      name: z.string(),
      language: z.string(),
      status: z.string(),
      category: z.string().catch('UNKNOWN'),
      quality_score: z.object({ score: z.string() }).nullish().catch(null),
      components: z.array(componentSchema).nullish().catch(null),
    }),
  ),
  paging: z
    .object({
      cursors: z.object({ after: z.string().nullish() }).nullish(),
      next: z.string().nullish(),
    })
    .nullish()
    .catch(null),
});

type Component = z.output<typeof componentSchema>;

export function parseListTemplates(answer: HttpAnswer): Outcome<TemplatePage> {
  const parsed = listSchema.safeParse(readJson(answer));
  if (!parsed.success || answer.status >= 300) return graphFailure(answer, 'read');
  const { data, paging } = parsed.data;
  const templates = data.map(({ quality_score, components, ...template }) => ({
    ...template,
    quality: quality_score?.score ?? null,
    bodyParameters: components ? bodyParameters(components) : null,
  }));
  return { kind: 'done', value: { templates, after: nextPage(paging, data.length) } };
}

type Paging = z.output<typeof listSchema>['paging'];

/** A cursor comes on the last page too: `next` tells, and an empty page always ends it. */
function nextPage(paging: Paging, size: number): string | null {
  return paging?.next != null && size > 0 ? (paging.cursors?.after ?? null) : null;
}

function bodyParameters(components: Component[]): number {
  const body = components.find((component) => component.type.toUpperCase() === 'BODY');
  const names = (body?.text ?? '').matchAll(/\{\{\s*([\w.]+)\s*\}\}/g);
  return new Set([...names].map(([, name]) => name)).size;
}

export interface TemplateDraft {
  name: string;
  language: string;
  category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION';
  /** With {{1}}, {{2}} … */
  body: string;
  /** One example for each placeholder: reviewers see them filled in. */
  bodyExamples: string[];
  footer?: string;
  urlButton?: { text: string; url: string; example: string };
}

export interface CreatedTemplate {
  id: string;
  status: string;
  /** Meta may change it, and with it the price. */
  category: string;
}

export function buildCreateTemplate(account: WhatsAppAccount, draft: TemplateDraft): HttpRequest {
  const { name, language, category } = draft;
  const payload = { name, language, category, components: draftComponents(draft) };
  return {
    method: 'POST',
    url: graphUrl(account, `${encodeURIComponent(account.wabaId)}/message_templates`),
    headers: jsonHeaders(account),
    body: JSON.stringify(payload),
  };
}

function draftComponents({ body, bodyExamples, footer, urlButton }: TemplateDraft): object[] {
  const example = bodyExamples.length > 0 ? { example: { body_text: [bodyExamples] } } : {};
  const buttons = urlButton
    ? [{ type: 'URL', text: urlButton.text, url: urlButton.url, example: [urlButton.example] }]
    : [];
  return [
    { type: 'BODY', text: body, ...example },
    ...(footer === undefined ? [] : [{ type: 'FOOTER', text: footer }]),
    ...(buttons.length > 0 ? [{ type: 'BUTTONS', buttons }] : []),
  ];
}

const createdSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  status: z.string().catch('PENDING'),
  category: z.string().catch('UNKNOWN'),
});

export function parseCreateTemplate(answer: HttpAnswer): Outcome<CreatedTemplate> {
  const parsed = createdSchema.safeParse(readJson(answer));
  if (parsed.success && answer.status < 300) return { kind: 'done', value: parsed.data };
  const error = graphErrorOf(answer);
  const said = `${error?.message} ${error?.error_user_title} ${error?.error_user_msg}`;
  if (/already exists|already .*content in this language/i.test(said)) {
    const message = 'There is a template of this name in this language';
    return { kind: 'exists', code: String(error?.code), message };
  }
  return graphFailure(answer, 'effect');
}
