// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import org.jspecify.annotations.Nullable;

/**
 * An echo, plain and over TLS, in a JVM of its own, whose heap is filled to the last byte and freed as the bytes of its
 * input request.
 */
final class StarvedServer {
    /** The byte that fills the heap. */
    static final int FILL = 'f';

    /** The byte that frees it. */
    static final int FREE = 'r';

    /** The byte that closes the server and ends the JVM. */
    static final int END = 'e';

    private static volatile boolean full;

    @SuppressWarnings("UnusedVariable") // keeps the heap full
    private static @Nullable Object hog;

    private StarvedServer() {}

    public static void main(String[] arguments) throws Exception {
        Dispatcher dispatcher = Dispatcher.builder().threads(2).build();
        Server server = Server.builder(dispatcher)
                .listen(TestDispatcher.ANY_PORT, Gate.plain())
                .listen(TestDispatcher.ANY_PORT, Gate.tls(TestCertificates.serverProfile()))
                .handler(() -> (connection, data) -> connection.write(data))
                .start();
        Thread eater = new Thread(StarvedServer::eat, "eater");
        eater.setDaemon(true);
        eater.start();
        server.addresses().forEach(address -> System.out.println(address.getPort()));
        for (int command = System.in.read(); command >= 0; command = System.in.read()) {
            full = command == FILL;
            if (command == FREE) {
                reportFreed();
            } else if (command == END) {
                dispatcher.close();
                dispatcher.closed().join();
                boolean right =
                        dispatcher.statistics().buffers().sizes().stream().allMatch(size -> size.activeLeases() >= 0);
                System.exit(right ? 0 : 1);
            }
        }
        System.exit(1);
    }

    /** Reports that there is memory again, as soon as there is enough to do so. */
    private static void reportFreed() {
        boolean reported = false;
        while (!reported) {
            try {
                System.out.println("freed");
                reported = true;
            } catch (OutOfMemoryError notYet) {
                Thread.onSpinWait();
            }
        }
    }

    /** Never frees anything by itself: memory that another thread's failure frees is taken, too. */
    private static void eat() {
        Object chain = null;
        int size = 64 * 1024;
        while (true) {
            try {
                if (!full) {
                    chain = null;
                    size = 64 * 1024;
                    hog = null;
                    Thread.onSpinWait();
                    continue;
                }
                chain = new Object[] {chain, size < 64 ? null : new byte[size]};
                hog = chain;
            } catch (OutOfMemoryError expected) {
                size /= 4;
            }
        }
    }
}
