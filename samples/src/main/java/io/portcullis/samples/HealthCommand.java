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
 * Checks the health of a server on this machine. The container image, which contains no other program, uses it as its
 * health check.
 */
@Command(name = "health", description = "Checks the health of a server; exits with 0 if it is healthy, else with 1.")
final class HealthCommand implements Callable<Integer> {
    private static final int TIMEOUT_MILLIS = 2_000;

    @Option(names = "--host", paramLabel = "ADDRESS", description = "The address of the server. Default: 127.0.0.1.")
    String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "A port that serves plain HTTP. Default: 9002, the port of the operations listener.")
    int port = ListenerKind.OPERATIONS.defaultPort();

    @Option(names = "--path", paramLabel = "PATH", description = "The path to request. Default: /health.")
    String path = "/health";

    @Override
    public Integer call() {
        String status;
        try {
            status = request();
        } catch (IOException e) {
            System.err.println("unhealthy: no response from " + host + ":" + port + " (" + e.getMessage() + ")");
            return 1;
        }
        if (status.startsWith("HTTP/1.1 200 ")) {
            System.out.println("healthy");
            return 0;
        }
        System.err.println("unhealthy: the response to " + path + " is '" + status + "'");
        return 1;
    }

    private String request() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(US_ASCII));
            String status = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
            if (status == null) {
                throw new IOException("the connection was closed without a response");
            }
            return status;
        }
    }
}
