// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.util.Random;

/** Randomness that can be had again: the seed is printed, and {@code -Dportcullis.seed} sets it. */
final class Seed {
    private Seed() {}

    /** The seed for a test; says it. */
    static long announce(String test) {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        System.out.println(test + ": again with -Dportcullis.seed=" + seed);
        return seed;
    }

    /** A length from 1 to a limit, short ones as probable as long ones by their logarithm. */
    static int logUniform(Random random, int limit) {
        return (int) Math.min(limit, Math.exp(random.nextDouble() * Math.log(limit + 1.0)));
    }
}
