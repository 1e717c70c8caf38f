import { expect, test } from '@jest/globals';
import { buildMail } from './build-mail.ts';
import { digestWords } from './digest.ts';
import type { DigestContent } from './digest.ts';

const letter = (number: number, code = 'pincode-invalid'): DigestContent['letters'][number] => ({
  kind: 'book_shipment',
  code,
  advice: `Mend ${code}.`,
  number,
  order_id: `019a0000-0000-7000-8000-00000000${number}`,
  store_id: 3,
  attempts: 2,
  created_at: '2026-03-01T20:00:00Z',
});

const content: DigestContent = {
  merchant: 'Kochi\r\nCotton',
  time_zone: 'Asia/Kolkata',
  open: 60,
  reasons: ['pincode-invalid', 'authentication'].map((code) => ({
    kind: 'book_shipment',
    what: 'Book it.',
    code,
    advice: `Mend ${code}.`,
    open: 30,
  })),
  letters: [letter(1001), letter(1002, 'authentication'), letter(1003)],
  stores: [{ id: 3, name: 'Web shop' }],
};
const now = new Date('2026-03-04T02:30:00Z');

test('says how many, why, what to do, since when in the merchant’s time, and where', () => {
  const { subject, text } = digestWords(content, 'https://waybill.example/', now);
  expect(subject).toBe('60 calls wait for a person at Kochi Cotton');
  expect(text).toMatch(/30 × pincode-invalid: Book it\.\n {2}What to do: Mend pincode-invalid\.\n/);
  expect(text).toMatch(/order 1001, since 2 Mar, 01:30 \(2 days\), tried 2 ×: https:\/\/waybill/);
  expect(text).toContain(`https://waybill.example/#/stores/3/orders/${letter(1001).order_id}`);
  expect(text).toContain('… and 57 more.');
  expect(text).toContain('Web shop: https://waybill.example/#/stores/3\n');
  expect(text.indexOf('order 1003')).toBeLessThan(text.indexOf('order 1002'));
});

test('one is one', () => {
  const one = { ...content, open: 1, letters: [letter(1001)] };
  expect(digestWords(one, 'https://w.example', now).subject).toMatch(/^1 call waits for a person/);
  expect(digestWords(one, 'https://w.example', now).text).not.toContain('more.');
});

test('nothing that a merchant is called makes a header of its own', async () => {
  const mail = await buildMail({
    ...digestWords(content, 'https://waybill.example', now),
    from: 'waybill@shop.example',
    to: [{ name: 'Meera\r\nBcc: x@evil.example', email: 'owner@shop.example' }],
    messageId: '<digest-1-2026-03-04@waybill.example>',
    at: now,
  });
  const [head = ''] = Buffer.from(mail).toString('utf8').split('\r\n\r\n');
  expect(head).not.toMatch(/^Bcc:/im);
  expect(head).toMatch(/^Message-ID: <digest-1-2026-03-04@waybill\.example>$/im);
  expect(head).toMatch(/^Auto-Submitted: auto-generated$/im);
});
