// SPDX-License-Identifier: Apache-2.0
/**
 * Handlers that split the received bytes into messages: lines ({@link io.portcullis.frame.LineHandler}),
 * length-prefixed frames ({@link io.portcullis.frame.FrameHandler}), and messages that the application decodes
 * ({@link io.portcullis.frame.MessageHandler}). Each message has a size limit; by default, a peer that exceeds it
 * violates the protocol.
 *
 * <p>This package is built only on the public API of {@code io.portcullis} and the JDK. Start with
 * {@link io.portcullis.frame.LineHandler}.
 */
@NullMarked
package io.portcullis.frame;

import org.jspecify.annotations.NullMarked;
