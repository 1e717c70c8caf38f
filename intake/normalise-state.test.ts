import { describe, expect, test } from '@jest/globals';
import { isKnownPinPrefix, statesOfPincode } from './pin-prefixes.ts';
import { normaliseState } from './normalise-state.ts';
import { canonicalState, stateAliases } from './state-names.ts';

describe('spellings', () => {
  test.each([
    ['Orissa', 'Odisha'],
    ['TAMILNADU', 'Tamil Nadu'],
    ['Tamil nadu', 'Tamil Nadu'],
    ['TN', 'Tamil Nadu'],
    ['Chattisgarh', 'Chhattisgarh'],
    ['Uttaranchal', 'Uttarakhand'],
    ['UK', 'Uttarakhand'],
    ['Pondicherry', 'Puducherry'],
    ['NCT of Delhi', 'Delhi'],
    ['New  Delhi', 'Delhi'],
    ['J&K', 'Jammu and Kashmir'],
    ['Jammu & Kashmir', 'Jammu and Kashmir'],
    ['Telengana', 'Telangana'],
    ['TG', 'Telangana'],
    ['ts', 'Telangana'],
    ['Arunanchal Pradesh', 'Arunachal Pradesh'],
    ['Daman & Diu', 'Dadra and Nagar Haveli and Daman and Diu'],
    ['IN-KL', 'Kerala'],
    ['Kerala State', 'Kerala'],
    ['കേരളം', 'Kerala'],
    ['A.P.', 'Andhra Pradesh'],
    ['Leh-Ladakh', 'Ladakh'],
  ])('%s is %s', (spelling, state) => {
    expect(canonicalState(spelling)).toBe(state);
  });

  test('no spelling stands for two states', () => {
    const all = Object.values(stateAliases).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(Object.keys(stateAliases)).toHaveLength(36);
  });

  test('every state that a PIN can name is one we know', () => {
    for (let prefix = 100; prefix < 1000; prefix += 1) {
      for (const state of statesOfPincode(`${prefix}001`))
        expect(canonicalState(state)).toBe(state);
    }
  });
});

describe('PIN prefixes', () => {
  test.each<[string, string[]]>([
    ['682001', ['Kerala']],
    ['682555', ['Lakshadweep']],
    ['605001', ['Puducherry', 'Tamil Nadu']],
    ['403001', ['Goa']],
    ['194101', ['Ladakh']],
    ['737101', ['Sikkim']],
    ['744101', ['Andaman and Nicobar Islands']],
    ['560001', ['Karnataka']],
    ['900001', []],
    ['290001', []],
  ])('%s lies in %j', (pincode, states) => {
    expect(statesOfPincode(pincode)).toEqual(states);
  });

  test('the army has numbers, the unused prefixes have none', () => {
    expect(isKnownPinPrefix('900001')).toBe(true);
    for (const unused of ['10', '29', '35', '54', '55', '65', '66', '86', '87', '88', '89']) {
      expect(isKnownPinPrefix(`${unused}0001`)).toBe(false);
    }
  });
});

describe('state and PIN together', () => {
  test.each<[string | null, string | null, unknown]>([
    ['Kerala', '682001', { ok: true, state: 'Kerala', warnings: [] }],
    ['Kerala', null, { ok: true, state: 'Kerala', warnings: [] }],
    ['Kerala', '560001', { ok: true, state: 'Kerala', warnings: ['differs_from_pincode'] }],
    ['Kerala', '900001', { ok: true, state: 'Kerala', warnings: [] }],
    ['Jharkhand', '826001', { ok: true, state: 'Jharkhand', warnings: [] }],
    [null, '682001', { ok: true, state: 'Kerala', warnings: ['from_pincode'] }],
    ['Keral', '682001', { ok: true, state: 'Kerala', warnings: ['unrecognised', 'from_pincode'] }],
    ['-', '682001', { ok: true, state: 'Kerala', warnings: ['from_pincode'] }],
    [null, '826001', { ok: false, reason: 'missing' }],
    ['Atlantis', '826001', { ok: false, reason: 'unrecognised' }],
    ['Atlantis', null, { ok: false, reason: 'unrecognised' }],
    ['', null, { ok: false, reason: 'missing' }],
  ])('%p with %p', (state, pincode, expected) => {
    expect(normaliseState(state, pincode)).toEqual(expected);
  });
});
