export interface SseEvent {
  id?: string;
  event: string;
  data: Record<string, unknown>;
}

/**
 * Reads a stream of Server-Sent Events to its end, and says why it ended. An event without a name only
 * says where the stream is.
 */
export async function readEvents(
  url: string,
  init: RequestInit,
  take: (event: SseEvent) => void,
): Promise<string> {
  const response = await fetch(url, init);
  if (!response.ok || !response.body) return `${response.status} ${await response.text()}`;
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + part).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) take(parseBlock(block));
  }
  return 'end';
}

function parseBlock(block: string): SseEvent {
  const event: SseEvent = { event: '', data: {} };
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) event.id = line.slice(4);
    if (line.startsWith('event: ')) event.event = line.slice(7);
    if (line.startsWith('data: '))
      event.data = JSON.parse(line.slice(6)) as Record<string, unknown>;
  }
  return event;
}
