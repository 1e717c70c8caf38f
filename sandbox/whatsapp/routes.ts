import type { Route } from '../exchange.ts';
import { sendMessage } from './send.ts';
import { createTemplate, listTemplates } from './templates.ts';

const version = String.raw`^/whatsapp/v\d+\.0`;
const templatesPath = new RegExp(`${version}/(\\d+)/message_templates/?$`);

export const whatsappRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: new RegExp(`${version}/(\\d+)/messages/?$`),
    operation: 'whatsapp.send',
    handle: sendMessage,
  },
  {
    method: 'GET',
    path: templatesPath,
    operation: 'whatsapp.templates',
    handle: listTemplates,
  },
  {
    method: 'POST',
    path: templatesPath,
    operation: 'whatsapp.create_template',
    handle: createTemplate,
  },
];
