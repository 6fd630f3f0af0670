/** Server-sent events of a response. Unlike an EventSource, a request by fetch can send a token. */

/** The events of a response as they arrive: their names and data. It returns at the end of the response. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = blank();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.trim() === '') {
          if (event.data.length > 0) yield { name: event.name, data: event.data.join('\n') };
          event = blank();
        } else {
          read(line, event);
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function blank() {
  return { name: 'message', data: [] };
}

/** Reads a line, such as "data: 1". A line that begins with a colon is a comment. */
function read(line, event) {
  const [, name, value] = /^([^:]*):? ?(.*?)\r?$/.exec(line);
  if (name === 'event') event.name = value;
  if (name === 'data') event.data.push(value);
}
