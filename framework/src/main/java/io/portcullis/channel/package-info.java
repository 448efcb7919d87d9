// SPDX-License-Identifier: Apache-2.0
/**
 * Other faces of a {@link io.portcullis.Connection}: the same bytes in the JDK's own words, for code that was written
 * for them: a channel, futures, streams that block, {@link java.util.concurrent.Flow}.
 *
 * <p>This room imports {@code io.portcullis} and the JDK; it uses nothing that an application could not use. Open
 * {@link io.portcullis.channel.ChannelHandler} first.
 */
@NullMarked
package io.portcullis.channel;

import org.jspecify.annotations.NullMarked;
