// SPDX-License-Identifier: Apache-2.0
/**
 * Handlers that cut what is received into messages: lines, frames with their length in front, and messages that the
 * application decodes. Each message has a limit, and a peer that exceeds it has broken the protocol.
 *
 * <p>This room imports {@code io.portcullis} and the JDK; it uses nothing that an application could not use. Open
 * {@link io.portcullis.frame.LineHandler} first.
 */
@NullMarked
package io.portcullis.frame;

import org.jspecify.annotations.NullMarked;
