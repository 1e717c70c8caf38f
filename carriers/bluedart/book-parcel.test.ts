import { expect, test } from '@jest/globals';
import { bookOnce } from './book-parcel.ts';
import { booking } from './samples.ts';

test('an address that does not fit is refused by its field, and nothing is sent or remembered', async () => {
  const longAddress = Array.from({ length: 10 }, () => 'ninechars').join(' ');
  const consignee = { ...booking.consignee, addressLines: [longAddress] };
  const done: string[] = [];
  const refused = await bookOnce(
    ({ operation }) => {
      done.push(operation);
      return Promise.resolve({ kind: 'absent' });
    },
    { ...booking, consignee },
    {
      foundSending: false,
      remember: () => {
        done.push('remembered');
        return Promise.resolve();
      },
    },
  );
  expect(refused).toMatchObject({
    kind: 'refused',
    code: 'unbookable',
    field: 'consignee.addressLines',
  });
  expect(done).toEqual([]);
});
