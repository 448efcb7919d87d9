// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a JVM can write down for the next one: from JDK 25 on an AOT cache, which holds profiles of methods too (JEP
 * 515), before it an archive of classes.
 *
 * @param jdk the version that it is for
 * @param file where
 * @param aot whether it is an AOT cache
 */
record JvmCache(String jdk, Path file, boolean aot) {
    private static final Pattern VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"((\\d+)[^\"]*)\"");
    private static final int FIRST_WITH_PROFILES = 25;

    /** The one of a JDK. */
    static JvmCache of(Path javaHome, Path directory) throws IOException {
        Matcher version = VERSION.matcher(Files.readString(javaHome.resolve("release")));
        if (!version.find()) {
            throw new IOException(javaHome + " does not say which JDK it is");
        }
        boolean aot = Integer.parseInt(version.group(2)) >= FIRST_WITH_PROFILES;
        return new JvmCache(version.group(1), directory.resolve(aot ? "server.aot" : "server.jsa"), aot);
    }

    String description() {
        return (aot ? "AOT cache of JDK " : "CDS archive of JDK ") + jdk;
    }

    /** For the JVM that learns. */
    List<String> writing() {
        return aot
                ? List.of("-XX:AOTCacheOutput=" + file, "-Xlog:aot=off")
                : List.of("-XX:ArchiveClassesAtExit=" + file, "-Xlog:cds=off");
    }

    /** For the JVM that has it; one that cannot use it ends at once. */
    List<String> reading() {
        return aot
                ? List.of("-XX:AOTCache=" + file, "-XX:AOTMode=on")
                : List.of("-XX:SharedArchiveFile=" + file, "-Xshare:on");
    }
}
