// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer that reads its response slowly and steadily, through the send buffer of a real socket: the system reports no
 * progress until a third of that buffer is free, which takes several times as long as the write timeout.
 */
@Timeout(60)
class SlowReaderTest {
    private static final int ANSWER = 16 << 20;
    private static final Duration WRITE_TIMEOUT = Duration.ofMillis(500);

    /** Two and a half times the rate that the timeout requires. */
    private static final int PIECE = 64 * 1024;

    private static final int PAUSE_MILLIS = 100;
    private static final int SLOW_PIECES = 80;

    @ParameterizedTest(name = "closing: {0}")
    @ValueSource(booleans = {false, true})
    void aSteadyReaderGetsItsWholeResponse(boolean closing) throws Exception {
        ConnectionHandler answering = (connection, data) -> {
            data.position(data.limit());
            connection.write(ByteBuffer.allocate(ANSWER));
            if (closing) {
                connection.close();
            }
        };
        try (Rig rig = new Rig(Gate.plain(), () -> answering, it -> it.writeTimeout(WRITE_TIMEOUT))) {
            try (Socket socket = rig.connect()) {
                socket.getOutputStream().write('?');
                assertEquals(ANSWER, readSlowlyAtFirst(socket.getInputStream()));
            }
            assertEquals(
                    closing ? CloseReason.LOCAL_CLOSE : CloseReason.PEER_CLOSE,
                    rig.nextEnd().reason());
        }
    }

    private static int readSlowlyAtFirst(InputStream in) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE];
        int got = 0;
        for (int i = 0; i < SLOW_PIECES; i++) {
            Thread.sleep(PAUSE_MILLIS);
            got += in.readNBytes(piece, 0, PIECE);
        }
        return got + in.readNBytes(ANSWER - got).length;
    }
}
