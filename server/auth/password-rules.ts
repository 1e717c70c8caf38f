const shortest = 12;
const fewestCharacters = 5;

/**
 * Why a password will not do, in words for whoever chose it; undefined when it will. Length is what
 * makes guessing slow; what is asked besides keeps out what is guessed first. The page that asks for
 * a password says the same rules beside the field.
 */
export function weaknessOf(password: string, email: string): string | undefined {
  if ([...password].length < shortest) return `A password needs at least ${shortest} characters.`;
  if (new Set(password.toLowerCase()).size < fewestCharacters) {
    return `A password needs at least ${fewestCharacters} different characters.`;
  }
  const name = email.split('@')[0] ?? '';
  const lower = password.toLowerCase();
  if (name.length >= 4 && lower.includes(name.toLowerCase())) {
    return 'A password must not contain the e-mail address.';
  }
  return undefined;
}
