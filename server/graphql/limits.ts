/**
 * What one request may ask for. docs/api.md repeats these numbers for those who write clients, and a
 * test compares them. What an operator may want to change is in config.ts.
 */

/** Of the body of a request, of its variables, and of one frame of a socket. */
export const maxBodyBytes = 64 * 1024;
export const maxVariablesBytes = 32 * 1024;

/** Of the text of a document. */
export const maxDocumentBytes = 16 * 1024;

/**
 * Of a document before it is validated, with every fragment counted wherever it is spread. Tools'
 * introspection needs a depth of 13 and 120 fields; the dashboard's largest query 300 fields.
 */
export const documentLimits = {
  tokens: 4000,
  depth: 16,
  fields: 600,
  aliases: 60,
  rootFields: 30,
  directives: 50,
};

export type DocumentLimit = keyof typeof documentLimits;

/** What counts more than the 1 of every value in the answer; see operation-cost.ts. */
export const costs = {
  /** A mutation locks, writes and projects. */
  mutation: 10,
  /** Counts every row of the list, not only those of the page. */
  totalCount: 100,
  /** How long a list without a page size is taken to be. */
  plainList: 50,
};

/**
 * For the plan of a document, in milliseconds. Documents within the limits above take a few; a busy
 * machine needs more for the first one.
 */
export const planningTimeoutMs = 2_000;
