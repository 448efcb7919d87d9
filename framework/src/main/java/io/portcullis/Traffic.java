// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * How many bytes a connection has moved so far. On a plain connection network and application bytes are the same; under
 * TLS the network's are more, by the handshake and the records.
 *
 * @param networkIn bytes received from the socket
 * @param networkOut bytes that the operating system has taken
 * @param applicationIn bytes that the handler has taken
 * @param applicationOut bytes of the application that have been encoded
 */
public record Traffic(long networkIn, long networkOut, long applicationIn, long applicationOut) {}
