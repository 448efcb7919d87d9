// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.portcullis.internal.records.RecordFormat;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HelloRecordsTest {
    private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static List<ByteBuffer> records(int size, byte... hello) {
        ByteBuffer all = ByteBuffer.wrap(ClientHellos.inRecordsOf(size, hello));
        List<ByteBuffer> records = new ArrayList<>();
        while (all.hasRemaining()) {
            int length = RecordFormat.LENGTH + all.getShort(all.position() + 3);
            records.add(all.slice(all.position(), length));
            all.position(all.position() + length);
        }
        return records;
    }

    @Test
    void gathersAHelloHoweverItIsCut() throws TlsException {
        byte[] hello = ClientHellos.captured("TLSv1.3");
        ClientHello whole = new HelloRecords().add(ByteBuffer.wrap(hello));
        assertNotNull(whole);
        for (int size : new int[] {1, 3, 4, 5, 100, hello.length - RecordFormat.LENGTH - 1}) {
            HelloRecords gathering = new HelloRecords();
            List<ByteBuffer> records = records(size, hello);
            for (ByteBuffer record : records.subList(0, records.size() - 1)) {
                assertNull(gathering.add(record));
            }
            assertEquals(whole, gathering.add(records.get(records.size() - 1)));
        }
    }

    @Test
    @DisplayName("R6 a hello in records of one byte costs memory in proportion to its length")
    void oneByteRecordsCostLinearMemory() throws TlsException {
        gather(8000);
        long once = gather(8000);
        long fourTimes = gather(32_000);
        assertTrue(fourTimes <= 6 * once, () -> once + " bytes allocated, then " + fourTimes);
    }

    private static long gather(int length) throws TlsException {
        byte[] message = ClientHellos.message(ClientHellos.body(ClientHellos.extension(21, new byte[length])));
        List<ByteBuffer> records = records(1, ClientHellos.record(message));
        HelloRecords gathering = new HelloRecords();
        ClientHello hello = null;
        long before = MEMORY.getCurrentThreadAllocatedBytes();
        for (ByteBuffer record : records) {
            hello = gathering.add(record);
        }
        long allocated = MEMORY.getCurrentThreadAllocatedBytes() - before;
        assertNotNull(hello);
        return allocated;
    }

    @Test
    void refusesAnAnnouncementOf16MiB() {
        ByteBuffer announced = ByteBuffer.wrap(new byte[] {22, 3, 1, 0, 4, 1, -1, -1, -1});
        assertThrows(TlsException.class, () -> new HelloRecords().add(announced));
    }

    @Test
    void knowsWhenThereIsNoOtherHello() throws TlsException {
        HelloRecords gathering = new HelloRecords();
        assertNull(gathering.add(ByteBuffer.wrap(new byte[] {20, 3, 3, 0, 1, 1})));
        assertEquals(false, gathering.over());
        assertNull(gathering.add(ByteBuffer.wrap(new byte[] {22, 3, 3, 0, 4, 16, 0, 0, 0})));
        assertTrue(gathering.over());
    }
}
