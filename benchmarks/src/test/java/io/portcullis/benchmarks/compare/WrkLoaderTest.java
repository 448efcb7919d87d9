// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import org.junit.jupiter.api.Test;

class WrkLoaderTest {
    private static final String OUTPUT = """
            Running 2s test @ http://127.0.0.1:8080/1m
              1 threads and 16 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   410.11us  190.04us  12.02ms   95.50%
                Req/Sec    38.13k     2.10k   40.99k    80.00%
              1250 requests in 2.50s, 1.22GB read
            Requests/sec:    500.00
            Transfer/sec:    500.00MB
            """;

    @Test
    void parsesTheCountsOfWrk() {
        Count count = WrkLoader.parse(OUTPUT, demand("/1m")).orElseThrow();

        assertEquals(1_250, count.units());
        assertEquals(1_250L << 20, count.bytes());
        assertEquals(2.5, count.seconds());
    }

    @Test
    void detectsAFailureOfWrk() {
        assertTrue(WrkLoader.parse("unable to connect to 127.0.0.1:1 Connection refused", demand("/"))
                .isEmpty());
    }

    private static Demand demand(String path) {
        return new Demand(8080, false, path, 16, Demand.Pattern.KEEP_ALIVE, Demand.Group.X25519, 0);
    }
}
