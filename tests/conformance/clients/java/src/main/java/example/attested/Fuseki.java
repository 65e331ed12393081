package example.attested;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.apache.jena.atlas.json.JSON;
import org.apache.jena.fuseki.main.FusekiServer;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.sparql.core.DatasetGraph;
import org.apache.jena.sparql.core.DatasetGraphFactory;

/**
 * Fuseki as another endpoint, whose users join its data with ours by SERVICE. Reads the questions as JSON on the first
 * line of standard input, writes its address, and serves until standard input ends.
 */
public final class Fuseki {
    private Fuseki() {}

    public static void main(String[] arguments) throws Exception {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String data = JSON.parse(input.readLine()).getString("data");
        DatasetGraph dataset = DatasetGraphFactory.createTxnMem();
        RDFDataMgr.read(dataset, new StringReader(data), "http://second.example/", Lang.NTRIPLES);
        FusekiServer server = FusekiServer.create().loopback(true).port(0).add("/second", dataset).build();
        server.start();
        System.out.println("http://127.0.0.1:" + server.getHttpPort() + "/second/sparql");
        while (input.readLine() != null) {}
        server.stop();
        System.exit(0);
    }
}
