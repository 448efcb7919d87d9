// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * What a server is started with within its process.
 *
 * @param port on 127.0.0.1; 0 for any free one
 * @param certificate PEM file of the certificate
 * @param key PEM file of its private key, PKCS#8
 * @param directory for files of the server's own
 */
record ServeOptions(int port, Path certificate, Path key, Path directory) {
    static final String HOST = "127.0.0.1";

    /** So many connections may wait to be accepted, with every server. */
    static final int BACKLOG = 4096;

    /** Where to listen. */
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
