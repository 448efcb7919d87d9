// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One direction of a network in memory. */
final class Wire {
    private byte[] bytes = new byte[1 << 15];
    private int from;
    private int to;
    private long total;
    private boolean ended;
    private @Nullable UnaryOperator<byte[]> changesFirst;
    private Consumer<byte[]> watcher = written -> {};

    /** Changes the first write. */
    void changeFirst(UnaryOperator<byte[]> change) {
        changesFirst = change;
    }

    /** Passes a copy of each write to a consumer. */
    void watch(Consumer<byte[]> shown) {
        watcher = shown;
    }

    void write(ByteBuffer source) {
        byte[] written = new byte[source.remaining()];
        source.get(written);
        write(written);
    }

    void write(byte... data) {
        byte[] written = data;
        if (changesFirst != null && data.length > 0) {
            written = changesFirst.apply(data);
            changesFirst = null;
        }
        watcher.accept(written);
        if (from == to) {
            from = 0;
            to = 0;
        }
        if (to + written.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, to + written.length));
        }
        System.arraycopy(written, 0, bytes, to, written.length);
        to += written.length;
        total += written.length;
    }

    /** Fills the target with at most this many bytes. */
    int read(ByteBuffer target, int most) {
        int length = Math.min(Math.min(most, to - from), target.remaining());
        target.put(bytes, from, length);
        from += length;
        return length;
    }

    void end() {
        ended = true;
    }

    /** Whether everything was read, and nothing more will be written. */
    boolean atEnd() {
        return ended && from == to;
    }

    /** The total number of bytes written. */
    long total() {
        return total;
    }

    int waiting() {
        return to - from;
    }
}
