// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The versions of the servers and their libraries, as recorded by the build. */
final class Versions {
    private static final Properties VERSIONS = load();

    private Versions() {}

    static String of(String library) {
        String version = VERSIONS.getProperty(library);
        if (version == null) {
            throw new IllegalArgumentException("no version of " + library + " in versions.properties");
        }
        return version;
    }

    static String jdkEngine() {
        return "JDK engine " + jdk();
    }

    static String jdk() {
        return Runtime.version().toString();
    }

    private static Properties load() {
        try (InputStream in = Versions.class.getResourceAsStream("versions.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
