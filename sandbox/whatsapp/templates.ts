import { z } from 'zod';
import { json, objectIn } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { accessTo } from './access.ts';
import { draftError, graphError } from './errors.ts';
import { pushChange } from './statuses.ts';
import { componentOf, templateDraftSchema, variablesIn } from './template-shape.ts';
import type { Template, TemplateDraft } from './template-shape.ts';

const pageSize = 25;
const largestPage = 1000;
const longestBody = 1024;
const creationRequestSchema = templateDraftSchema.omit({ status: true });

export function findTemplate(
  world: World,
  wabaId: string,
  name: string,
  language: string,
): Template | undefined {
  for (const template of world.books.templates.values()) {
    const isIt = template.name === name && template.language === language;
    if (isIt && template.wabaId === wabaId) return template;
  }
  return undefined;
}

export function addTemplate(world: World, wabaId: string, draft: TemplateDraft): Template {
  const id = String(1_680_000_000_000_000 + world.books.nextSerial());
  const template: Template = { ...draft, id, wabaId, status: draft.status ?? 'PENDING' };
  world.books.templates.set(id, template);
  world.books.changed();
  return template;
}

/** `GET /v24.0/{waba_id}/message_templates` with filters and cursors. */
export function listTemplates(world: World, call: Call, match: RegExpExecArray): Answer {
  const wabaId = match[1] ?? '';
  const access = accessTo(world, call, wabaId, (account) => account.wabaId);
  if ('refusal' in access) return access.refusal;
  const limit = Number(call.query.get('limit') ?? pageSize);
  if (!Number.isInteger(limit) || limit < 1) return graphError(100, 'Param limit must be positive');

  const found = [...world.books.templates.values()].filter(
    (template) => template.wabaId === wabaId && passes(template, call.query),
  );
  const after = call.query.get('after');
  const start = after === null ? 0 : found.findIndex(({ id }) => cursorOf(id) === after) + 1;
  if (after !== null && start === 0) return graphError(100, 'Invalid cursor');
  const page = found.slice(start, start + Math.min(limit, largestPage));
  const fields =
    call.query
      .get('fields')
      ?.split(',')
      .map((field) => field.trim()) ?? null;
  const data = page.map((template) => pick(template, fields));
  return json({ data, ...pagingOf(call, page, start + page.length < found.length) });
}

function passes(template: Template, query: URLSearchParams): boolean {
  return ['name', 'status', 'language', 'category'].every((field) => {
    const wanted = query.get(field);
    return wanted === null || pick(template, [field])[field] === wanted;
  });
}

function pick(template: Template, fields: readonly string[] | null): Record<string, unknown> {
  const whole: Record<string, unknown> = {
    id: template.id,
    name: template.name,
    parameter_format: template.parameter_format ?? 'POSITIONAL',
    status: template.status,
    category: template.category,
    language: template.language,
    quality_score: { score: template.status === 'PAUSED' ? 'RED' : 'GREEN' },
    components: template.components,
  };
  // The id is always there, and the score only when it is asked for.
  const shown = fields ?? Object.keys(whole).filter((field) => field !== 'quality_score');
  return Object.fromEntries(
    Object.entries(whole).filter(([field]) => field === 'id' || shown.includes(field)),
  );
}

/** The last page still has cursors; only `next` says that there is more. */
function pagingOf(call: Call, page: readonly Template[], hasMore: boolean): object {
  const first = page[0];
  const last = page.at(-1);
  if (first === undefined || last === undefined) return {};
  const cursors = { before: cursorOf(first.id), after: cursorOf(last.id) };
  if (!hasMore) return { paging: { cursors } };
  const query = new URLSearchParams(call.query);
  query.set('after', cursors.after);
  return { paging: { cursors, next: `${call.origin}${call.path}?${query.toString()}` } };
}

function cursorOf(id: string): string {
  return Buffer.from(`cursor:${id}`).toString('base64url');
}

/** `POST` on the same path: PENDING at first, decided by a reviewer after a while. */
export function createTemplate(world: World, call: Call, match: RegExpExecArray): Answer {
  const wabaId = match[1] ?? '';
  const access = accessTo(world, call, wabaId, (account) => account.wabaId);
  if ('refusal' in access) return access.refusal;
  const draft = creationRequestSchema.safeParse(objectIn(call.body));
  if (!draft.success) {
    return draftError('Invalid parameter', z.prettifyError(draft.error));
  }
  const refusal = refuseDraft(world, wabaId, draft.data);
  if (refusal !== null) return refusal;
  const template = addTemplate(world, wabaId, draft.data);
  scheduleReview(world, template);
  return json({ id: template.id, status: template.status, category: template.category });
}

function refuseDraft(world: World, wabaId: string, draft: TemplateDraft): Answer | null {
  const { name, language } = draft;
  if (!/^[a-z0-9_]{1,512}$/.test(name)) {
    return draftError(
      'Invalid template name',
      'The name may only have lower-case letters, digits and underscores',
    );
  }
  const body = componentOf(draft, 'BODY')?.text ?? '';
  if (body === '') {
    return draftError('Missing component', 'Component of type BODY is missing text', 2388043);
  }
  if (body.length > longestBody) {
    return draftError('Character limit exceeded', `The body has ${body.length}`, 2388040);
  }
  if (/^\s*\{\{|\}\}\s*$/.test(body)) {
    return draftError(
      'Variables at the start or end',
      'Variables cannot be at the start or end of the template',
      2388299,
    );
  }
  const numbered = variablesIn(body).map(Number);
  const isNamed = draft.parameter_format === 'NAMED';
  if (!isNamed && numbered.some((number, at) => number !== at + 1)) {
    return draftError('Invalid format', 'Variables are numbered {{1}}, {{2}} in order', 2388073);
  }
  if (findTemplate(world, wabaId, name, language) === undefined) return null;
  return draftError(
    'Content in this language already exists',
    `There is already ${language} content for this template. Create a new one instead.`,
    2388024,
  );
}

/** Also serves after a restart, for what was pending then. */
export function scheduleReview(world: World, template: Template): void {
  world.agenda.in(world.settings.templateReviewMs, () => {
    if (template.status !== 'PENDING') return;
    template.status = template.name.endsWith('_rejected') ? 'REJECTED' : 'APPROVED';
    world.books.changed();
    pushChange(
      world,
      template.wabaId,
      template.id,
      {
        field: 'message_template_status_update',
        value: {
          event: template.status,
          // A number here, a string in the REST answers.
          message_template_id: Number(template.id),
          message_template_name: template.name,
          message_template_language: template.language,
          message_template_category: template.category,
          reason: template.status === 'REJECTED' ? 'INVALID_FORMAT' : 'NONE',
        },
      },
      world.now(),
    );
  });
}
