// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import java.util.Locale;

/** What is done for the first minute. */
enum Variant {
    /** As a JVM comes. */
    NOTHING(false, false),
    /** Handshakes in memory before the listener opens. */
    WARM_UP(true, false),
    /** What an earlier process has learned: a CDS archive, or an AOT cache. */
    CACHE(false, true),
    /** Both. */
    BOTH(true, true);

    private final boolean warmsUp;
    private final boolean hasCache;

    Variant(boolean warmsUp, boolean hasCache) {
        this.warmsUp = warmsUp;
        this.hasCache = hasCache;
    }

    boolean warmsUp() {
        return warmsUp;
    }

    boolean hasCache() {
        return hasCache;
    }

    /** The word for it in arguments and results. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** As the word, for the command line. */
    @Override
    public String toString() {
        return word();
    }
}
