// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import java.util.function.Consumer;

/** What a {@link Site} has at a path. */
public sealed interface Resource {

    /**
     * An answer whose body is there.
     *
     * @param status the status
     * @param type the media type of the body
     * @param fields further header fields, each with its end of line; may be empty
     * @param body the body, which is neither copied nor changed
     */
    record Document(Status status, String type, String fields, byte[] body) implements Resource {}

    /**
     * An answer that goes on until one of the two sides has enough: its end is the end of the connection (RFC 9112,
     * 6.3).
     *
     * @param type the media type of the body
     * @param fields further header fields, each with its end of line; may be empty
     * @param writer is given the connection when the head is written, in its turn; from then on it alone writes, and
     *     must watch how fast the peer takes it. It is told of the end by {@link Connection#closed()}
     */
    record Stream(String type, String fields, Consumer<Connection> writer) implements Resource {}
}
