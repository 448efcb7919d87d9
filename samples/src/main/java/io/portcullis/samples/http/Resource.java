// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import java.util.function.Consumer;

/** A resource that a {@link Site} has at a path. */
public sealed interface Resource {

    /**
     * A response whose body is available in memory.
     *
     * @param status the status
     * @param type the media type of the body
     * @param fields further header fields, each with its line end; may be empty
     * @param body the body, which is neither copied nor modified
     */
    record Document(Status status, String type, String fields, byte[] body) implements Resource {}

    /**
     * A response that continues until either side closes the connection, which ends the body (RFC 9112, 6.3).
     *
     * @param type the media type of the body
     * @param fields further header fields, each with its line end; may be empty
     * @param writer called in the connection's turn when the head has been written; from then on it is the only writer,
     *     and must pay attention to how fast the peer reads. {@link Connection#closed()} notifies it of the end
     */
    record Stream(String type, String fields, Consumer<Connection> writer) implements Resource {}
}
