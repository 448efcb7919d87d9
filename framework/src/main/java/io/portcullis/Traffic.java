// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * The number of bytes that a connection has transferred so far. On a plain connection network and application bytes are
 * the same; under TLS network bytes also include the handshake and the record overhead.
 *
 * @param networkIn bytes received from the socket
 * @param networkOut bytes handed to the operating system
 * @param applicationIn bytes consumed by the handler
 * @param applicationOut bytes of the application that have been encoded
 */
public record Traffic(long networkIn, long networkOut, long applicationIn, long applicationOut) {}
