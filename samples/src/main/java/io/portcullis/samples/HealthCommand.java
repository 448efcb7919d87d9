// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Asks a server of this machine whether it is well: the health check of the container image, which has no other
 * program.
 */
@Command(name = "health", description = "Asks a server whether it is well; ends with 0 if it says so, else with 1.")
final class HealthCommand implements Callable<Integer> {
    private static final int TIMEOUT_MILLIS = 2_000;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "Where it listens. Default: 127.0.0.1.")
    String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "A port on which it serves plain HTTP. Default: 9002, that of its operations.")
    int port = ListenerKind.OPERATIONS.defaultPort();

    @Option(names = "--path", paramLabel = "PATH", description = "What to ask for. Default: /health.")
    String path = "/health";

    @Override
    public Integer call() {
        String status;
        try {
            status = ask();
        } catch (IOException e) {
            System.err.println("not well: " + host + ":" + port + " does not answer (" + e.getMessage() + ")");
            return 1;
        }
        if (status.startsWith("HTTP/1.1 200 ")) {
            System.out.println("well");
            return 0;
        }
        System.err.println("not well: " + path + " is answered with '" + status + "'");
        return 1;
    }

    private String ask() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(US_ASCII));
            String status = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
            if (status == null) {
                throw new IOException("the connection was closed without an answer");
            }
            return status;
        }
    }
}
