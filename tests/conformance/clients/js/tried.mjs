// Reads the questions, asks each, and writes what came of it: one JSON object, name → answer or failure.

/** Return the questions that were given on standard input. */
export async function readQuestions() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

/** Ask each question in turn; what is thrown becomes {failed: message}. */
export async function answerAll(asks) {
  const answers = {};
  for (const [name, ask] of Object.entries(asks)) {
    try {
      answers[name] = await ask();
    } catch (error) {
      answers[name] = { failed: String(error.message ?? error) };
    }
  }
  process.stdout.write(JSON.stringify(answers));
}

/** Return all items of a stream. */
export async function collect(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}
