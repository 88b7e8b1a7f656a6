/** Reads the `curl` examples of a page as requests, so that a test can make them. Takes the few options that our pages use, and no other. */

export interface Example {
  method: string;
  /** As written, the shell's variables in place. */
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** The file whose content is the body (`--data-binary @FILE`). */
  file: string | undefined;
  /** The status that the comment after the command promises. */
  status: number;
}

/** The words of a shell command, quotes taken away. */
function words(command: string): string[] {
  const joined = command.replace(/\\\n\s*/g, ' ');
  return [...joined.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '');
}

function exampleOf(command: string, status: number): Example {
  const [, ...rest] = words(command);
  const example: Example = { method: 'GET', url: '', headers: {}, body: undefined, file: undefined, status };
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    const value = rest[at + 1] ?? '';
    if (!word.startsWith('-')) {
      example.url = word;
      continue;
    }
    at += 1;
    if (word === '-X') example.method = value;
    else if (word === '-d') example.body = value;
    else if (word === '--data-binary' && value.startsWith('@')) example.file = value.slice(1);
    else if (word === '-H') example.headers[value.slice(0, value.indexOf(':')).toLowerCase()] = value.slice(value.indexOf(':') + 1).trim();
    else throw new Error(`an option that examples do not have: ${word}`);
  }
  return example;
}

/** Every command in a shell block, each followed by a comment that begins with its status. */
export function curlExamples(block: string): Example[] {
  return [...block.matchAll(/^(curl (?:.*\\\n)*.*)\n# (\d{3})\b.*$/gm)].map(([, command = '', status]) => exampleOf(command, Number(status)));
}
