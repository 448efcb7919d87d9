// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.nio.file.Path;
import java.util.List;

/**
 * The launch settings of a server of the comparison.
 *
 * @param port a port on 127.0.0.1 that is currently free
 * @param certificate the PEM file of the certificate
 * @param key the PEM file of its private key, PKCS#8
 * @param java the {@code java} executable for servers in a JVM
 * @param jvmOptions the JVM options, the same for all servers
 * @param directory an empty directory for the server's own files
 */
public record Launch(int port, Path certificate, Path key, Path java, List<String> jvmOptions, Path directory) {}
