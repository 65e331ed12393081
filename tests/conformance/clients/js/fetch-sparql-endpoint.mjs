// fetch-sparql-endpoint as a client of the endpoint. It has no engine: the second endpoint is asked to call ours.
import { SparqlEndpointFetcher } from 'fetch-sparql-endpoint';
import { answerAll, collect, readQuestions } from './tried.mjs';

const asked = await readQuestions();
const fetcher = new SparqlEndpointFetcher();

async function select(endpoint, query) {
  const rows = await collect(await fetcher.fetchBindings(endpoint, query));
  return rows.map((row) => row.label.value);
}

async function triples(query) {
  return (await collect(await fetcher.fetchTriples(asked.endpoint, query))).length;
}

await answerAll({
  select: () => select(asked.endpoint, asked.select),
  ask: () => fetcher.fetchAsk(asked.endpoint, asked.ask),
  construct: () => triples(asked.construct),
  describe: () => triples(asked.describe),
  error: () => select(asked.endpoint, asked.error),
  service: () => select(asked.second, asked.service),
});
