import { z } from 'zod';
import type { Answer } from '../exchange.ts';
import { graphError } from './errors.ts';
import { componentOf, variablesIn } from './template-shape.ts';
import type { Template } from './template-shape.ts';

const parameterSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  parameter_name: z.string().optional(),
});

export const sentComponentsSchema = z.array(
  z.looseObject({
    type: z.string(),
    sub_type: z.string().optional(),
    index: z.union([z.string(), z.number()]).optional(),
    parameters: z.array(parameterSchema).optional(),
  }),
);

export type SentComponents = z.infer<typeof sentComponentsSchema>;
type SentParameter = z.infer<typeof parameterSchema>;

const longestBody = 1024;
const mediaFormats = new Set(['IMAGE', 'VIDEO', 'DOCUMENT']);

/** The refusal that the real service gives before it accepts, or null when the parameters fit. */
export function refuseParameters(template: Template, sent: SentComponents): Answer | null {
  return (
    refuseUnknownComponents(sent) ??
    refuseHeader(template, sent) ??
    refuseBody(template, sent) ??
    refuseButtons(template, sent)
  );
}

export function bodyTexts(sent: SentComponents): string[] {
  return parametersOf(sent, 'body').map((parameter) => parameter.text ?? '');
}

function refuseUnknownComponents(sent: SentComponents): Answer | null {
  const known = new Set(['header', 'body', 'button']);
  const stranger = sent.find(({ type }) => !known.has(type.toLowerCase()));
  if (stranger === undefined) return null;
  return graphError(100, `Invalid component type: ${stranger.type}`);
}

function refuseHeader(template: Template, sent: SentComponents): Answer | null {
  const header = componentOf(template, 'HEADER');
  const given = parametersOf(sent, 'header');
  const format = header?.format?.toUpperCase() ?? 'TEXT';
  if (header === undefined || !mediaFormats.has(format)) {
    return refuseTexts('header', header?.text ?? '', given, template);
  }
  if (given.length !== 1) return refuseCount('header', given.length, 1);
  if (given[0]?.type.toUpperCase() === format) return null;
  return graphError(
    132012,
    `header: Format mismatch, expected ${format}, received ` +
      (given[0]?.type.toUpperCase() ?? 'UNKNOWN'),
  );
}

function refuseBody(template: Template, sent: SentComponents): Answer | null {
  const text = componentOf(template, 'BODY')?.text ?? '';
  const given = parametersOf(sent, 'body');
  const refusal = refuseTexts('body', text, given, template);
  if (refusal !== null) return refusal;
  const length = given.reduce((sum, sent) => sum + (sent.text ?? '').length, text.length);
  if (length <= longestBody) return null;
  return graphError(132005, `body: ${length} characters are longer than ${longestBody}`);
}

function refuseButtons(template: Template, sent: SentComponents): Answer | null {
  const buttons = componentOf(template, 'BUTTONS')?.buttons ?? [];
  const given = sent.filter(({ type }) => type.toLowerCase() === 'button');
  for (const [index, button] of buttons.entries()) {
    const wanted = variablesIn(button.url ?? '').length;
    const match = given.find((component) => String(component.index) === String(index));
    const count = match?.parameters?.length ?? 0;
    if (count !== wanted) return refuseCount(`button at index ${index}`, count, wanted);
    const refusal = refuseWording(match?.parameters ?? []);
    if (refusal !== null) return refusal;
  }
  const stranger = given.find(({ index }) => buttons[Number(index)] === undefined);
  if (stranger === undefined) return null;
  return graphError(132000, `button: index ${String(stranger.index)} is not in the template`);
}

function refuseTexts(
  where: string,
  text: string,
  given: readonly SentParameter[],
  template: Template,
): Answer | null {
  const wanted = variablesIn(text);
  if (given.length !== wanted.length) return refuseCount(where, given.length, wanted.length);
  if (template.parameter_format === 'NAMED') {
    const missing = wanted.find((name) => given.every((sent) => sent.parameter_name !== name));
    if (missing !== undefined) return graphError(100, `Parameter name is missing: ${missing}`);
  }
  return refuseWording(given);
}

function refuseWording(given: readonly SentParameter[]): Answer | null {
  for (const { type, text } of given) {
    if (type !== 'text') {
      return graphError(132012, `Format mismatch, expected TEXT, received ${type}`);
    }
    if (text === undefined || text === '') {
      return graphError(131008, 'Parameter of type text is missing text value');
    }
    if (/[\n\r\t]| {5,}/.test(text)) {
      return graphError(
        132012,
        'Param text cannot have new-line/tab characters or more than 4 consecutive spaces',
      );
    }
  }
  return null;
}

function refuseCount(where: string, given: number, wanted: number): Answer {
  return graphError(
    132000,
    `${where}: number of localizable_params (${given}) does not match ` +
      `the expected number of params (${wanted})`,
  );
}

function parametersOf(sent: SentComponents, type: string): readonly SentParameter[] {
  return sent.find((component) => component.type.toLowerCase() === type)?.parameters ?? [];
}
