// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/** The scan of {@link InvariantsTest#theFrameworkMakesNoBlockingCall} finds blocking calls. */
class BlockingCallsTest {

    /** Contains every kind of blocking call; never run. */
    static final class Guilty {
        private final ReentrantLock lock = new ReentrantLock();

        void sleeps() throws Exception {
            Thread.sleep(1);
        }

        void gets(Future<?> future) throws Exception {
            future.get();
        }

        void joins(CompletableFuture<?> future) {
            future.join();
        }

        void locks() {
            lock.lock();
        }

        synchronized void holds() {}

        void enters() {
            synchronized (this) {
                innocent();
            }
        }

        void innocent() {}
    }

    @Test
    void findsEveryWayToBlock() throws Exception {
        String file = java.nio.file.Path.of(Guilty.class
                        .getResource("BlockingCallsTest$Guilty.class")
                        .toURI())
                .toString();
        StringWriter code = new StringWriter();
        PrintWriter out = new PrintWriter(code);
        ToolProvider.findFirst("javap").orElseThrow().run(out, out, "-c", "-p", file);
        String guilty = "BlockingCallsTest$Guilty.";
        Set<String> found = BlockingCalls.in(code.toString(), Pattern.compile("Guilty"));
        for (String method : Set.of("sleeps", "gets", "joins", "locks", "holds", "enters")) {
            assertEquals(true, found.contains(guilty + method), method + " in " + found);
        }
        assertEquals(false, found.contains(guilty + "innocent"));
    }
}
