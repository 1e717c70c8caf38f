import type { TemplateDraft } from './template-shape.ts';

function utility(name: string, body: string, linkTo?: string): TemplateDraft {
  const components: TemplateDraft['components'] = [{ type: 'BODY', text: body }];
  if (linkTo !== undefined) {
    components.push({ type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Track', url: linkTo }] });
  }
  return { name, language: 'en', category: 'UTILITY', components, status: 'APPROVED' };
}

/** What the demo merchant's business account starts with. */
export const demoTemplates: readonly TemplateDraft[] = [
  utility('order_received', 'Hello {{1}}, we have received your order {{2}}. Thank you!'),
  utility('order_packed', 'Hello {{1}}, your order {{2}} is packed. Follow it here: {{3}}'),
  utility('order_shipped', 'Hello {{1}}, your order {{2}} is on its way. Its number is {{3}}.'),
  utility(
    'order_shipped_with_link',
    'Hello {{1}}, your order {{2}} is on its way with {{3}}.',
    'https://waybill.example/track/{{1}}',
  ),
  utility('out_for_delivery', 'Hello {{1}}, your order {{2}} will reach you today.'),
  utility('order_delivered', 'Hello {{1}}, your order {{2}} has been delivered. Thank you!'),
  utility('ready_for_pickup', 'Hello {{1}}, your order {{2}} is ready at {{3}}. See you soon!'),
  { ...utility('feedback_request', 'Hello {{1}}, how was your order {{2}}?'), status: 'PAUSED' },
];
