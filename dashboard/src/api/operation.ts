/** A GraphQL document that carries the types of its variables and of its answer. */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Never set: it only ties the types to the document. */
  readonly types?: (variables: Variables) => Data;
}

export function operation<Data, Variables = Record<string, never>>(
  ...parts: string[]
): Operation<Data, Variables> {
  return { text: parts.join('\n') };
}
