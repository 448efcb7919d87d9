// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/** One file of random bytes, for all tests that send files. */
final class TestFile {
    static final int LENGTH = 1_000_003;
    static final byte[] CONTENT = new byte[LENGTH];

    /** For reading. */
    static final FileChannel CHANNEL;

    /** A closed channel of it. */
    static final FileChannel CLOSED;

    static {
        new Random(LENGTH).nextBytes(CONTENT);
        try {
            Path file = Files.write(Files.createTempFile("portcullis", ".file"), CONTENT);
            file.toFile().deleteOnExit();
            CHANNEL = FileChannel.open(file, StandardOpenOption.READ);
            CLOSED = FileChannel.open(file, StandardOpenOption.READ);
            CLOSED.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private TestFile() {}

    /** A part of the content. */
    static byte[] part(int position, int count) {
        return Arrays.copyOfRange(CONTENT, position, position + count);
    }
}
