// SPDX-License-Identifier: Apache-2.0
/**
 * A {@link io.portcullis.Connection} as an {@link java.nio.channels.AsynchronousSocketChannel}, and as futures,
 * blocking streams and {@link java.util.concurrent.Flow}, for code that uses these interfaces of the JDK. Start with
 * {@link io.portcullis.channel.ChannelHandler}, or with {@code Client.open}.
 *
 * <p>This package is built only on the public API of {@code io.portcullis} and the JDK.
 */
@NullMarked
package io.portcullis.channel;

import org.jspecify.annotations.NullMarked;
