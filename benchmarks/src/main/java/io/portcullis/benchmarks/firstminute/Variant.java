// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import java.util.Locale;

/** The preparation of a server for its first minute. */
enum Variant {
    /** None. */
    NOTHING(false, false),
    /** Handshakes in memory before the listener opens. */
    WARM_UP(true, false),
    /** The data recorded by an earlier process: a CDS archive, or an AOT cache. */
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

    /** Returns the name used in arguments and results. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the label, for the command line. */
    @Override
    public String toString() {
        return label();
    }
}
