// SPDX-License-Identifier: Apache-2.0
/**
 * The words that a user of the framework touches: what a {@link io.portcullis.Connection} can do, what a
 * {@link io.portcullis.ConnectionHandler} is told, how a {@link io.portcullis.Gate} decides what a connection is, and
 * why it ended ({@link io.portcullis.CloseReason}).
 *
 * <p>This room imports {@code io.portcullis.tls} and the JDK. Open {@link io.portcullis.ConnectionHandler} first.
 */
@NullMarked
package io.portcullis;

import org.jspecify.annotations.NullMarked;
