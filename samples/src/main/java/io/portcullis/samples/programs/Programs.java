// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.ProtocolViolationException;
import io.portcullis.commandline.CarefulCommandLine;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;

/** What the server programs share: command line, certificate, address and shutdown. */
final class Programs {
    private static final int STOP_SECONDS = 5;

    private Programs() {}

    /** Runs a command line and exits the process: with 0, 1 after a failure, or 2 after invalid arguments. */
    static void run(Object program, String... arguments) {
        System.exit(execute(program, arguments));
    }

    /**
     * Runs a command line, and prints a failure on one line.
     *
     * @return the exit code: 0, 1 after a failure, or 2 after invalid arguments
     */
    static int execute(Object program, String... arguments) {
        return new CarefulCommandLine(program)
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    if (cause instanceof IOException || cause instanceof IllegalArgumentException) {
                        System.err.println(line.getCommandName() + ": " + cause.getMessage());
                        return cause instanceof IOException ? ExitCode.SOFTWARE : ExitCode.USAGE;
                    }
                    throw failure;
                })
                .execute(arguments);
    }

    /** Returns a profile builder with a new certificate for the given names, or for localhost. */
    static TlsProfileBuilder selfSigned(String... names) {
        SelfSignedCertificate made = SelfSignedCertificate.create(names);
        return TlsProfile.builder().certificate(made.key(), made.certificate());
    }

    /** Returns an address that is reachable from this machine only. */
    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /**
     * Prints one line for each listener, and one when all are ready; then waits until the process is stopped.
     *
     * @param server the running server
     * @param listeners the names of its listeners, in order
     * @return the exit code
     * @throws InterruptedException if the thread is interrupted
     */
    static int serve(Server server, String... listeners) throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        for (int i = 0; i < listeners.length; i++) {
            InetSocketAddress address = server.addresses().get(i);
            System.out.println("listening " + listeners[i] + " "
                    + address.getAddress().getHostAddress() + ":" + address.getPort());
        }
        System.out.println("ready");
        System.out.flush();
        server.awaitClosed();
        return ExitCode.OK;
    }

    private static void stop(Server server) {
        server.close();
        server.closed().completeOnTimeout(null, STOP_SECONDS, TimeUnit.SECONDS).join();
    }

    // snippet: line
    /**
     * Reads one line of a protocol whose lines end with CRLF only. Returns null if the line is incomplete. A line
     * longer than the limit, including its end, closes the connection.
     */
    static @Nullable String line(ByteBuffer data, int limit) {
        int most = Math.min(data.limit(), data.position() + limit);
        for (int end = data.position() + 1; end < most; end++) {
            if (data.get(end - 1) == '\r' && data.get(end) == '\n') {
                byte[] line = new byte[end - 1 - data.position()];
                data.get(line).position(end + 1);
                return new String(line, ISO_8859_1);
            }
        }
        if (data.remaining() >= limit) {
            throw new ProtocolViolationException("a line is longer than " + limit + " bytes");
        }
        return null;
    }
    // end snippet
}
