// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.buffer.BufferPool;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Several buffers in one write, from a thread outside of the connection's turns. */
class GatheringWriteTest {
    private final VirtualMachine machine =
            new VirtualMachine(BufferPool.builder().strict(true).budget(2 << 20).build());
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    private void run() {
        machine.runLater();
        transport.completeAll();
        machine.runLater();
    }

    @Test
    @DisplayName("more bytes than memory, and than an int counts, end the connection and throw nothing")
    void moreThanMemory() {
        machine.start(transport, new PlainFilter(), handler);
        ByteBuffer mebibyte = ByteBuffer.allocate(1 << 20);
        ByteBuffer[] data = new ByteBuffer[2500];
        Arrays.setAll(data, i -> mebibyte.duplicate());

        assertFalse(handler.connection().write(data));

        assertTrue(Arrays.stream(data).allMatch(each -> each.remaining() == 1 << 20), "no buffer has been changed");
        run();
        assertEquals(CloseReason.MEMORY_LIMIT, handler.reason);
        assertEquals(0, handler.connection().pendingBytes());
        machine.verify("at the end");
    }
}
