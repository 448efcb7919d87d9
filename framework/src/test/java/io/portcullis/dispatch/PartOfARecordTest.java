// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Gate;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.TestCertificates;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The memory that a peer occupies by beginning something that it does not finish is proportional to what it sends. */
class PartOfARecordTest {
    private static final int IDLE = 256;

    /** A part that has just grown beyond one buffer size gets the next one. */
    private static final int MOST_FOR_A_BYTE = 32;

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();
    private final Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);

    @AfterEach
    void everythingIsReturned() {
        endpoint.close();
        transport.receiveEnd().completeAll();
        transport.verify("part");
        machine.verify("part");
    }

    private long kept() {
        return machine.buffers.statistics().activeBytes();
    }

    private MemoryTlsPeer open(String protocol) throws Exception {
        machine.start(endpoint, transport, Gate.detect(TestCertificates.serverProfile()), handler);
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, protocol).begin();
        peer.exchange();
        // Small reads, until the buffer of the pending one has the size of an idle connection's
        for (int i = 0; i < 10; i++) {
            peer.wrap(new byte[] {1}).exchange();
        }
        assertEquals(IDLE, kept());
        handler.received.reset();
        return peer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aByteOfARecordHoldsNoMoreThanIdleness(String protocol) throws Exception {
        byte[] record = open(protocol).wrap(new byte[16_000]).take();
        for (int i = 0; i < 30; i++) {
            transport.receive(Arrays.copyOfRange(record, i, i + 1)).completeAll();
            assertEquals(IDLE, kept(), i + 1 + " bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aPartOfARecordHoldsMemoryInProportion(String protocol) throws Exception {
        byte[] data = new byte[16_000];
        new Random(1).nextBytes(data);
        byte[] record = open(protocol).wrap(data).take();
        for (int i = 0; i < record.length; i++) {
            transport.receive(Arrays.copyOfRange(record, i, i + 1)).completeAll();
            assertTrue(kept() <= IDLE + (long) MOST_FOR_A_BYTE * (i + 1), kept() + " for " + (i + 1) + " bytes");
        }
        assertArrayEquals(data, handler.received.toByteArray());
    }

    @Test
    void aPartOfAHelloHoldsMemoryInProportion() {
        machine.start(endpoint, transport, Gate.detect(TestCertificates.serverProfile()), handler);
        byte[] longHello = {22, 3, 1, 0x40, 0, 1, 0, 0x3f, (byte) 0xfc};
        long before = kept();
        transport.receive(longHello).completeAll();
        assertTrue(kept() <= before, kept() + " instead of " + before);
    }

    @Test
    void peersThatStopInTheMiddleOfARecordAreIdle() throws Exception {
        byte[] record = open("TLSv1.3").wrap(new byte[100]).take();
        transport.receive(Arrays.copyOf(record, record.length - 1)).completeAll();
        machine.advance(Duration.ofSeconds(61));
        transport.receiveEnd().completeAll();
        assertEquals(CloseReason.IDLE_TIMEOUT, handler.reason);
    }
}
