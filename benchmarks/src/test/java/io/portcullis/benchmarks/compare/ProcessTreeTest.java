// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Reads the figures of this process itself. */
class ProcessTreeTest {
    private static final int READINGS = 1000;

    @Test
    void threadsMayEndWhileTheirTimesAreRead() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        Thread source = new Thread(() -> {
            while (!ended.get()) {
                new Thread(() -> {}).start();
            }
        });
        source.start();
        try {
            ProcessTree tree = new ProcessTree(ProcessHandle.current());
            CpuTime first = tree.cpuTime();
            CpuTime last = first;
            for (int i = 0; i < READINGS; i++) {
                last = tree.cpuTime();
            }
            assertTrue(last.nanosSince(first) > 0);
        } finally {
            ended.set(true);
            source.join();
        }
    }
}
