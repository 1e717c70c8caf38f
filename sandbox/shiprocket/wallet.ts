import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';

/** `GET /account/details/wallet-balance`: rupees as a text, below zero too. */
export function showWallet(world: World, call: Call, account: ShiprocketAccount): Answer {
  const isShort = call.draw.colours.has('low_balance');
  const paise = isShort ? -1240 : world.books.shiprocket.balancePaise(account);
  return json({ data: { balance_amount: (paise / 100).toFixed(2) } });
}
