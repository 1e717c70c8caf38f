import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { httpFailure } from './http-failure.ts';
import { paise } from './money.ts';
import { get } from './request.ts';

/** Also the cheapest call that needs a token: a connection is checked with it. */
export function buildWalletBalance(account: ShiprocketAccount): HttpRequest {
  return get(account, '/account/details/wallet-balance');
}

const answerSchema = z.object({ data: z.object({ balance_amount: paise }) });

/** In paise, and below zero too. */
export function parseWalletBalance(
  account: ShiprocketAccount,
  answer: HttpAnswer,
): Outcome<{ balanceMinor: number }> {
  const failure = httpFailure(account, answer, 'read');
  if (failure) return failure;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  return { kind: 'done', value: { balanceMinor: parsed.data.data.balance_amount } };
}
