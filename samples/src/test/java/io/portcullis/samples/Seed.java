// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.util.Random;

/** Reproducible randomness: the seed is printed, and {@code -Dportcullis.seed} sets it. */
final class Seed {
    private Seed() {}

    /** Returns and prints the seed for a test. */
    static long announce(String test) {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        System.out.println(test + ": again with -Dportcullis.seed=" + seed);
        return seed;
    }

    /** Returns a length from 1 to a limit, distributed uniformly by its logarithm. */
    static int logUniform(Random random, int limit) {
        return (int) Math.min(limit, Math.exp(random.nextDouble() * Math.log(limit + 1.0)));
    }
}
