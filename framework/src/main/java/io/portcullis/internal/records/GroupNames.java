// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.records;

import java.util.Map;

/** The names of key exchange groups by their numbers in the IANA registry (RFC 8446, section 4.2.7). */
public final class GroupNames {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(0x0017, "secp256r1"),
            Map.entry(0x0018, "secp384r1"),
            Map.entry(0x0019, "secp521r1"),
            Map.entry(0x001D, "x25519"),
            Map.entry(0x001E, "x448"),
            Map.entry(0x0100, "ffdhe2048"),
            Map.entry(0x0101, "ffdhe3072"),
            Map.entry(0x0102, "ffdhe4096"),
            Map.entry(0x0103, "ffdhe6144"),
            Map.entry(0x0104, "ffdhe8192"),
            Map.entry(0x11EB, "SecP256r1MLKEM768"),
            Map.entry(0x11EC, "X25519MLKEM768"),
            Map.entry(0x11ED, "SecP384r1MLKEM1024"));

    private GroupNames() {}

    /** Returns the name of a group, or its number in hexadecimal if it has none. */
    public static String name(int group) {
        return NAMES.getOrDefault(group, String.format("0x%04x", group));
    }
}
