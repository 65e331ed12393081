package example.attested;

import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.jena.atlas.json.JSON;
import org.apache.jena.atlas.json.JsonArray;
import org.apache.jena.atlas.json.JsonObject;
import org.eclipse.rdf4j.federated.FedXFactory;
import org.eclipse.rdf4j.query.QueryResults;
import org.eclipse.rdf4j.repository.Repository;
import org.eclipse.rdf4j.repository.RepositoryConnection;
import org.eclipse.rdf4j.repository.sail.SailRepository;
import org.eclipse.rdf4j.repository.sparql.SPARQLRepository;
import org.eclipse.rdf4j.rio.RDFFormat;
import org.eclipse.rdf4j.sail.memory.MemoryStore;

/**
 * RDF4J as a client: SPARQLRepository asks the endpoint, a memory store calls it by SERVICE, FedX joins it with a
 * second endpoint. Reads the questions as JSON on standard input and writes name → answer, or {failed: message}.
 */
public final class Rdf4j {
    private Rdf4j() {}

    public static void main(String[] arguments) throws Exception {
        JsonObject asked = JSON.parse(new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
        String endpoint = text(asked, "endpoint");
        Repository ours = new SPARQLRepository(endpoint);
        Repository store = memoryStore(text(asked, "data"));
        Map<String, Callable<Object>> asks = new LinkedHashMap<>();
        asks.put("select", () -> select(ours, text(asked, "select")));
        asks.put("ask", () -> ask(ours, text(asked, "ask")));
        asks.put("construct", () -> triples(ours, text(asked, "construct")));
        asks.put("describe", () -> triples(ours, text(asked, "describe")));
        asks.put("error", () -> select(ours, text(asked, "error")));
        asks.put("service", () -> select(store, text(asked, "service")));
        asks.put("joined", () -> select(federation(endpoint, text(asked, "second")), text(asked, "joined")));
        JsonObject answers = new JsonObject();
        asks.forEach((name, ask) -> put(answers, name, ask));
        System.out.println(answers);
        System.exit(0); // FedX keeps threads
    }

    private static String text(JsonObject asked, String name) {
        return asked.getString(name);
    }

    private static void put(JsonObject answers, String name, Callable<Object> ask) {
        try {
            Object answer = ask.call();
            if (answer instanceof Boolean) {
                answers.put(name, (Boolean) answer);
            } else if (answer instanceof Integer) {
                answers.put(name, (Integer) answer);
            } else {
                JsonArray labels = new JsonArray();
                ((List<?>) answer).forEach(label -> labels.add((String) label));
                answers.put(name, labels);
            }
        } catch (Exception failure) {
            JsonObject failed = new JsonObject();
            failed.put("failed", String.valueOf(failure.getMessage()));
            answers.put(name, failed);
        }
    }

    private static Repository memoryStore(String data) throws Exception {
        Repository store = new SailRepository(new MemoryStore());
        try (RepositoryConnection connection = store.getConnection()) {
            connection.add(new StringReader(data), RDFFormat.NTRIPLES);
        }
        return store;
    }

    private static Repository federation(String endpoint, String second) {
        return FedXFactory.newFederation().withSparqlEndpoint(endpoint).withSparqlEndpoint(second).create();
    }

    private static List<String> select(Repository repository, String query) {
        try (RepositoryConnection connection = repository.getConnection();
                var rows = connection.prepareTupleQuery(query).evaluate()) {
            return rows.stream().map(row -> row.getValue("label").stringValue()).toList();
        }
    }

    private static Boolean ask(Repository repository, String query) {
        try (RepositoryConnection connection = repository.getConnection()) {
            return connection.prepareBooleanQuery(query).evaluate();
        }
    }

    private static Integer triples(Repository repository, String query) {
        try (RepositoryConnection connection = repository.getConnection();
                var found = connection.prepareGraphQuery(query).evaluate()) {
            return QueryResults.asModel(found).size();
        }
    }
}
