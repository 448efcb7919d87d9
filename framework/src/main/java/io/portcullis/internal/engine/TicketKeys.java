// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.Refusal;
import java.util.Arrays;
import java.util.List;

/** Copies and checks the keys of session tickets. */
public final class TicketKeys {
    public static final int LENGTH = 48;
    private static final int NAME_LENGTH = 16;

    private TicketKeys() {}

    public static List<byte[]> copy(byte[]... keys) {
        if (keys.length == 0) {
            throw Refusal.of("ticketKeys() was given no key; omit it to use the engine's own keys");
        }
        for (byte[] key : keys) {
            if (key.length != LENGTH) {
                throw Refusal.of("a ticket key of " + key.length + " bytes is not possible; it has " + LENGTH
                        + ": 16 that name it, 16 for HMAC and 16 for AES, all of them random, for example from"
                        + " 'openssl rand 48'");
            }
        }
        for (int i = 0; i < keys.length; i++) {
            for (int j = 0; j < i; j++) {
                if (Arrays.equals(keys[i], 0, NAME_LENGTH, keys[j], 0, NAME_LENGTH)) {
                    throw Refusal.of("two ticket keys have the same name (their first 16 bytes), so that a ticket would"
                            + " not identify its key");
                }
            }
        }
        return Arrays.stream(keys).map(byte[]::clone).toList();
    }
}
