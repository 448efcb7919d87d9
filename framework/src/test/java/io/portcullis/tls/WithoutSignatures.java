// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.security.AlgorithmConstraints;
import java.security.AlgorithmParameters;
import java.security.CryptoPrimitive;
import java.security.Key;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses signatures of some kinds.
 *
 * @param refused is matched against algorithm names in lower case
 */
record WithoutSignatures(Pattern refused) implements AlgorithmConstraints {
    WithoutSignatures(String refused) {
        this(Pattern.compile(refused));
    }

    @Override
    public boolean permits(
            Set<CryptoPrimitive> primitives, String algorithm, @Nullable AlgorithmParameters parameters) {
        return !(primitives.contains(CryptoPrimitive.SIGNATURE)
                && refused.matcher(algorithm.toLowerCase(Locale.ROOT)).find());
    }

    @Override
    public boolean permits(Set<CryptoPrimitive> primitives, Key key) {
        return true;
    }

    @Override
    public boolean permits(
            Set<CryptoPrimitive> primitives, String algorithm, Key key, @Nullable AlgorithmParameters parameters) {
        return permits(primitives, algorithm, parameters);
    }
}
