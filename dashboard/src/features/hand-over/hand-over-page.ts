/** The address of this feature. */
export const handOverHref = '#/hand-over';

export function isHandOverPage(hash: string): boolean {
  return hash === handOverHref;
}
