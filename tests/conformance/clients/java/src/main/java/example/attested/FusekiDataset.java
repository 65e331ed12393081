package example.attested;

import org.apache.jena.fuseki.main.FusekiServer;
import org.apache.jena.query.Dataset;
import org.apache.jena.sparql.util.Symbol;
import org.apache.jena.tdb2.TDB2;
import org.apache.jena.tdb2.TDB2Factory;

/**
 * Fuseki as the engine of our server: an empty TDB2 dataset in memory whose default graph is the union of all, with
 * query, update and graph store services. Writes its address and serves until standard input ends.
 */
public final class FusekiDataset {
    private FusekiDataset() {}

    public static void main(String[] arguments) throws Exception {
        Dataset dataset = TDB2Factory.createDataset();
        Symbol union = TDB2.symUnionDefaultGraph;
        dataset.getContext().setTrue(union);
        FusekiServer server = FusekiServer.create().loopback(true).port(0).add("/engine", dataset, true).build();
        server.start();
        System.out.println("http://127.0.0.1:" + server.getHttpPort() + "/engine");
        while (System.in.read() >= 0) {}
        server.stop();
        System.exit(0);
    }
}
