// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.nio.file.Path;
import java.util.List;

/**
 * What a server of the comparison is started with.
 *
 * @param port on 127.0.0.1, free now
 * @param certificate PEM file of the certificate
 * @param key PEM file of its private key, PKCS#8
 * @param java the {@code java} executable for those that are a JVM
 * @param jvmOptions options for it, the same for all
 * @param directory empty, for files of the server's own
 */
public record Launch(int port, Path certificate, Path key, Path java, List<String> jvmOptions, Path directory) {}
