// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The cache that a JVM can create for the next one: from JDK 25 on an AOT cache, which also contains method profiles
 * (JEP 515), before that a CDS archive.
 *
 * @param jdk the version of the JDK
 * @param file the file of the cache
 * @param aot whether it is an AOT cache
 */
record JvmCache(String jdk, Path file, boolean aot) {
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"((\\d+)[^\"]*)\"");
    private static final int FIRST_WITH_PROFILES = 25;

    /** Returns the cache for a JDK. */
    static JvmCache of(Path javaHome, Path directory) throws IOException {
        Matcher version = VERSION.matcher(Files.readString(javaHome.resolve("release")));
        if (!version.find()) {
            throw new IOException(javaHome + " does not specify the version of its JDK");
        }
        boolean aot = Integer.parseInt(version.group(2)) >= FIRST_WITH_PROFILES;
        return new JvmCache(version.group(1), directory.resolve(aot ? "server.aot" : "server.jsa"), aot);
    }

    String description() {
        return (aot ? "AOT cache of JDK " : "CDS archive of JDK ") + jdk;
    }

    /** Returns the options of the JVM that creates the cache. */
    List<String> writing() {
        return aot
                ? List.of("-XX:AOTCacheOutput=" + file, "-Xlog:aot=off")
                : List.of("-XX:ArchiveClassesAtExit=" + file, "-Xlog:cds=off");
    }

    /** Returns the options of a JVM that uses the cache; it exits immediately if it cannot. */
    List<String> reading() {
        return aot
                ? List.of("-XX:AOTCache=" + file, "-XX:AOTMode=on")
                : List.of("-XX:SharedArchiveFile=" + file, "-Xshare:on");
    }
}
