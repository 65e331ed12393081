// Comunica as a client of the endpoint, alone and joined with a second one.
import { QueryEngine } from '@comunica/query-sparql';
import { answerAll, collect, readQuestions } from './tried.mjs';

const asked = await readQuestions();
const engine = new QueryEngine();
const ours = { type: 'sparql', value: asked.endpoint };
const second = { type: 'sparql', value: asked.second };

async function select(query, ...sources) {
  const rows = await collect(await engine.queryBindings(query, { sources }));
  return rows.map((row) => row.get('label').value);
}

async function triples(query) {
  return (await collect(await engine.queryQuads(query, { sources: [ours] }))).length;
}

await answerAll({
  select: () => select(asked.select, ours),
  ask: () => engine.queryBoolean(asked.ask, { sources: [ours] }),
  construct: () => triples(asked.construct),
  describe: () => triples(asked.describe),
  error: () => select(asked.error, ours),
  service: () => select(asked.service, second),
  joined: () => select(asked.joined, ours, second),
});
