// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * The settings of a server within its process.
 *
 * @param port a port on 127.0.0.1; 0 selects any free port
 * @param certificate the PEM file of the certificate
 * @param key the PEM file of its private key, PKCS#8
 * @param directory the directory for the server's own files
 */
record ServeOptions(int port, Path certificate, Path key, Path directory) {
    static final String HOST = "127.0.0.1";

    /** The accept backlog of every server. */
    static final int BACKLOG = 4096;

    /** Returns the address to listen on. */
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
