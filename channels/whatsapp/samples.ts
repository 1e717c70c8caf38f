import type { HttpAnswer, HttpRequest } from '../../outbound/outcome.ts';
import type { WhatsAppAccount } from './account.ts';
import type { TemplateMessage } from './send-template.ts';
import type { TemplateDraft } from './templates.ts';

/** What went over the wire, request and answer side by side. All values are invented. */
export interface Sample {
  request: HttpRequest;
  answer: { status: number; headers: Record<string, string>; body: string };
}

export const account: WhatsAppAccount = {
  baseUrl: 'https://graph.facebook.com',
  phoneNumberId: '110022003300',
  wabaId: '220033004400',
  accessToken: 'sandbox-whatsapp-token',
  version: 'v24.0',
};

/** An answer as the network would bring it. */
export function answerOf(answer: Sample['answer']): HttpAnswer {
  return { ...answer, bytes: new TextEncoder().encode(answer.body) };
}

const read = { authorization: 'Bearer sandbox-whatsapp-token', accept: 'application/json' };
const json = { 'content-type': 'application/json' };
const host = 'https://graph.facebook.com/v24.0';

export const message: TemplateMessage = {
  to: '919847000000',
  template: 'order_shipped',
  language: 'en',
  body: ['Asha', 'SHOP1-10021'],
  urlButtons: [{ index: 0, text: '57930810000011' }],
  callbackData: 'msg_01J',
};

export const send: Sample = {
  request: {
    method: 'POST',
    url: `${host}/110022003300/messages`,
    headers: { ...read, ...json },
    body:
      '{"messaging_product":"whatsapp","recipient_type":"individual","to":"919847000000",' +
      '"type":"template","template":{"name":"order_shipped","language":{"code":"en"},' +
      '"components":[{"type":"body","parameters":[{"type":"text","text":"Asha"},' +
      '{"type":"text","text":"SHOP1-10021"}]},{"type":"button","sub_type":"url","index":"0",' +
      '"parameters":[{"type":"text","text":"57930810000011"}]}]},' +
      '"biz_opaque_callback_data":"msg_01J"}',
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"messaging_product":"whatsapp",
      "contacts":[{"input":"919847000000","wa_id":"919847000000"}],
      "messages":[{"id":"wamid.HBgM","message_status":"accepted"}]}`,
  },
};

export const sendRefused: Sample = {
  request: send.request,
  answer: {
    status: 400,
    headers: json,
    body: `{"error":{"message":"(#131056) (Business Account, Consumer Account) pair rate limit hit",
      "type":"OAuthException","code":131056,"error_data":{"messaging_product":"whatsapp",
      "details":"Message failed to send because there were too many messages sent"},
      "error_subcode":2494055,"fbtrace_id":"A1b2"}}`,
  },
};

export const listTemplates: Sample = {
  request: {
    method: 'GET',
    url:
      `${host}/220033004400/message_templates` +
      '?fields=name%2Cstatus%2Ccategory%2Clanguage%2Cquality_score%2Ccomponents&limit=100',
    headers: read,
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"data":[{"id":"168","name":"order_shipped","status":"APPROVED","category":"UTILITY",
      "language":"en","quality_score":{"score":"GREEN"},"components":[{"type":"BODY",
      "text":"Hi {{1}}, order {{2}} is on its way, {{1}}."}]}],
      "paging":{"cursors":{"before":"a","after":"b"}}}`,
  },
};

export const draft: TemplateDraft = {
  name: 'order_shipped',
  language: 'en',
  category: 'UTILITY',
  body: 'Hi {{1}}, order {{2}} is on its way.',
  bodyExamples: ['Asha', 'SHOP1-10021'],
  urlButton: { text: 'Track', url: 'https://example.in/track/{{1}}', example: 'abc' },
};

export const createTemplate: Sample = {
  request: {
    method: 'POST',
    url: `${host}/220033004400/message_templates`,
    headers: { ...read, ...json },
    body:
      '{"name":"order_shipped","language":"en","category":"UTILITY","components":[{"type":"BODY",' +
      '"text":"Hi {{1}}, order {{2}} is on its way.",' +
      '"example":{"body_text":[["Asha","SHOP1-10021"]]}},{"type":"BUTTONS","buttons":[' +
      '{"type":"URL","text":"Track","url":"https://example.in/track/{{1}}","example":["abc"]}]}]}',
  },
  answer: {
    status: 200,
    headers: json,
    body: '{"id":"168","status":"PENDING","category":"UTILITY"}',
  },
};

/** What Meta posts to us when a message arrived. */
export const statusWebhook = {
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '220033004400',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '919999999999', phone_number_id: '110022003300' },
            contacts: [{ profile: { name: 'Asha' }, wa_id: '919847000000' }],
            statuses: [
              {
                id: 'wamid.HBgM',
                status: 'delivered',
                timestamp: '1767680000',
                recipient_id: '919847000000',
                biz_opaque_callback_data: 'msg_01J',
                pricing: { billable: true, pricing_model: 'PMP', category: 'utility' },
              },
            ],
          },
        },
      ],
    },
  ],
};

export const templateWebhook = {
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '220033004400',
      time: 1767680000,
      changes: [
        {
          field: 'message_template_status_update',
          value: {
            event: 'PAUSED',
            message_template_id: 168,
            message_template_name: 'order_shipped',
            message_template_language: 'en',
            reason: 'NONE',
            message_template_category: 'UTILITY',
          },
        },
      ],
    },
  ],
};
