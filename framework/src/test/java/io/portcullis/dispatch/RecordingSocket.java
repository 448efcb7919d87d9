// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A socket that keeps a copy of the bytes that it transfers. */
final class RecordingSocket extends Socket {
    private final ByteArrayOutputStream recorded = new ByteArrayOutputStream();

    RecordingSocket(int port) throws IOException {
        connect(Rig.loopback(port));
    }

    byte[] recorded() {
        return recorded.toByteArray();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int count = in.read(target, offset, length);
                recorded.write(target, offset, Math.max(count, 0));
                return count;
            }

            @Override
            public int read() throws IOException {
                int next = in.read();
                if (next >= 0) {
                    recorded.write(next);
                }
                return next;
            }
        };
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return new FilterOutputStream(super.getOutputStream()) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                recorded.write(bytes, offset, length);
                out.write(bytes, offset, length);
            }

            @Override
            public void write(int next) throws IOException {
                recorded.write(next);
                out.write(next);
            }
        };
    }
}
